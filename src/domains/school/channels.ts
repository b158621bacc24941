import type { Database } from '../../db/open.ts';
import type { Principal } from '../../realtime/principal.ts';
import { announcementsChannel, eventsChannel, trackingChannels } from '../../tracking/channels.ts';

/** The view of drizzle/school that says who belongs to which school. */
export const members = 'school.members';

export const schoolChannels = (database: Database) => trackingChannels({ database, members });

/** What a client hears without asking: its own events, and what its schools announce. */
export const ownChannels = ({ tenants }: Principal): readonly string[] => [
  eventsChannel,
  ...tenants.map(announcementsChannel),
];
