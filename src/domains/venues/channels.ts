import type { Database } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import type { PollAddress } from '../../extension/addresses.ts';
import type { Namespace, Rule } from '../../realtime/channels/namespace.ts';
import { findVenue } from './services/venue-service.ts';

/** Of each user, their own. */
export const notificationsChannel = 'venue_notifications';

/** What is published in each namespace that everybody may read. */
export const publicTypes: Readonly<Record<string, string>> = {
  venue_updates: 'venue_update',
  venue: 'venue_update',
  vibe_checks: 'vibe_check',
  promotions: 'promotion',
};

export function venueChannels(database: Database): readonly Namespace[] {
  const ofVenue = existing(database);
  return [
    { pattern: 'venue_updates', read: () => true },
    { pattern: 'venue:{id}', read: ofVenue },
    { pattern: 'vibe_checks:{venueId}', read: ofVenue, batchMs: 250 },
    { pattern: 'promotions:{venueId}', read: ofVenue },
    { pattern: notificationsChannel, read: () => true, personal: true },
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

/** Everybody, of a venue that there is: whoever made up names would fill the log's table of channels with them. */
function existing(database: Database): Rule {
  // A venue that was deleted stays known here: who comes back reads in its channel that it is.
  const known = new Set<string>();
  return async (_principal, id = '') => {
    if (known.has(id)) return true;
    if (!(await findVenue(database.db, id)))
      throw new AppError('unknown_channel', `There is no venue ${id}.`);
    known.add(id);
    return true;
  };
}
