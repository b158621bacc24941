import { Type } from '@sinclair/typebox';
import type { Database } from '../../db/connection/open.ts';
import { channel } from '../../extension/channel.ts';
import type { Principal } from '../../realtime/principal.ts';
import { announcementsChannel, eventsChannel, trackingChannels } from '../../tracking/channels.ts';
import { groupPattern } from './groups/names.ts';
import { isMemberOf } from './groups/standing-service.ts';
import { schoolsAddressed } from './services/addressed-service.ts';

/** The view of drizzle/school that says who belongs to which school. */
export const members = 'school.members';

export const schoolChannels = (database: Database) => [
  ...trackingChannels({ database, members }),
  channel(groupPattern, {
    read: (principal, { channelId }) =>
      principal.service === true || isMemberOf({ database, members }, principal, channelId),
    // The right to send is asked for when the message with the file is sent.
    files: (principal, { channelId }) => isMemberOf({ database, members }, principal, channelId),
    ephemeral: { typing: Type.Unknown() },
    presence: true,
    eventPayload: 'data',
  }),
];

/**
 * Returns the channels that a client is subscribed to without asking: its own events, and the announcements of the
 * schools that its credentials name.
 */
export const ownChannels = ({ tenants }: Principal): readonly string[] => [
  eventsChannel,
  ...tenants.map(announcementsChannel),
];

/** The same for credentials that name no school: membership decides. */
export const announcedChannels =
  (database: Database) =>
  async (principal: Principal): Promise<readonly string[]> =>
    principal.tenants.length > 0
      ? []
      : (await schoolsAddressed({ database, members }, principal)).map(announcementsChannel);
