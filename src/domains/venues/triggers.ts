import type { PublishedTable } from '../../db/triggers/published-table.ts';
import { notificationsChannel, publicTypes } from './channels.ts';

const schema = 'venues';
const own = [`${notificationsChannel}:{user_id}`];

/** The tables that publish their rows by triggers, as the routes do. */
export const venueTables: readonly PublishedTable[] = [
  {
    schema,
    table: 'venues',
    type: publicTypes['venue'] ?? '',
    channels: ['venue_updates', 'venue:{id}'],
  },
  {
    schema,
    table: 'vibe_checks',
    type: publicTypes['vibe_checks'] ?? '',
    channels: ['vibe_checks:{venue_id}'],
    names: { busyness: 'rating' },
  },
  {
    schema,
    table: 'promotions',
    type: publicTypes['promotions'] ?? '',
    channels: ['promotions:{venue_id}'],
    hidden: ['next_change_at'],
    names: { starts_at: 'startDate', ends_at: 'endDate' },
  },
  {
    schema,
    table: 'notifications',
    type: 'notification',
    channels: own,
    read: 'read_at',
    mutes: { namespace: notificationsChannel, user: 'user_id', kind: 'type' },
    changes: {
      read: [{ type: 'notificationRead', channels: own, shape: { columns: ['id', 'read_at'] } }],
      deleted: [{ type: 'notificationDeleted', channels: own, shape: { columns: ['id'] } }],
    },
  },
];
