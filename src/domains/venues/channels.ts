import type { Database } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import type { PollAddress } from '../../extension/addresses.ts';
import { channel } from '../../extension/channel.ts';
import { findVenue } from './services/venue-service.ts';

/** The personal channel of notifications. */
export const notificationsChannel = 'venue_notifications';

/** The type of the publications in each namespace that everybody may read. */
export const publicTypes: Readonly<Record<string, string>> = {
  venue_updates: 'venue_update',
  venue: 'venue_update',
  vibe_checks: 'vibe_check',
  promotions: 'promotion',
};

export function venueChannels(database: Database) {
  const isVenue = existing(database);
  return [
    channel('venue_updates', { read: () => true }),
    channel('venue:{id}', { read: (_, { id }) => isVenue(id) }),
    channel('vibe_checks:{venueId}', { read: (_, { venueId }) => isVenue(venueId), batchMs: 250 }),
    channel('promotions:{venueId}', { read: (_, { venueId }) => isVenue(venueId) }),
    channel(notificationsChannel, { read: () => true, personal: true }),
  ];
}

export const venuePolls: readonly PollAddress[] = [
  {
    path: '/api/venues/updates',
    channel: 'venue_updates',
    returns: 'rows',
    summary: 'Updates of all venues',
  },
  { path: '/api/venues/:id/updates', channel: 'venue:{id}', returns: 'row', summary: 'Updates of a venue' },
  {
    path: '/api/venues/:id/vibe-checks',
    channel: 'vibe_checks:{id}',
    returns: 'rows',
    summary: 'Vibe checks of a venue',
  },
  {
    path: '/api/venues/:id/promotions',
    channel: 'promotions:{id}',
    returns: 'rows',
    summary: 'Promotions of a venue',
  },
  {
    path: '/api/notifications',
    channel: notificationsChannel,
    returns: 'rows',
    without: ['notificationRead', 'notificationDeleted'],
    summary: 'Notifications of the caller',
  },
];

/** True of venues that exist: channels with made-up names would fill the log's table of channels. */
function existing(database: Database): (id: string) => Promise<boolean> {
  // A deleted venue stays known here: a returning reader learns in its channel that it is gone.
  const known = new Set<string>();
  return async (id) => {
    if (known.has(id)) return true;
    if (!(await findVenue(database.db, id)))
      throw new AppError('unknown_channel', `There is no venue ${id}.`);
    known.add(id);
    return true;
  };
}
