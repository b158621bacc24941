import { index, text } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { createdAt } from './columns.ts';

/** The push subscriptions of a person's browsers, for notifications while no page is open. */
export const realtimePushSubscriptions = publicTable(
  'realtime_push_subscriptions',
  {
    /** The address at the push service, known to the browser alone. */
    endpoint: text('endpoint').primaryKey(),
    userId: text('user_id').notNull(),
    p256dh: text('p256dh').notNull(),
    auth: text('auth').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('realtime_push_subscriptions_user_idx').on(table.userId, table.createdAt)],
);
