import { text } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { instant } from './columns.ts';

/** The addresses of people beside their devices. */
export const realtimeContacts = publicTable('realtime_contacts', {
  userId: text('user_id').primaryKey(),
  /** E.164 */
  phone: text('phone'),
  email: text('email'),
  updatedAt: instant('updated_at').notNull(),
});
