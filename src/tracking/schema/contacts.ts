import { sql } from 'drizzle-orm';
import { check, primaryKey, smallint, text } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { preferenceChoices } from '../statuses.ts';
import { instant, oneOf } from './columns.ts';

/** The addresses of people beside their devices, and their hours. */
export const realtimeContacts = publicTable(
  'realtime_contacts',
  {
    userId: text('user_id').primaryKey(),
    /** E.164 */
    phone: text('phone'),
    email: text('email'),
    /** A name of the tz database; null: that of the deployment, as the next three. */
    timeZone: text('time_zone'),
    /** Minutes after midnight by the clock of the person. The same twice: no quiet hours. */
    quietFrom: smallint('quiet_from'),
    quietTo: smallint('quiet_to'),
    /** When their digest is sent. */
    digestMinute: smallint('digest_minute'),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    check('realtime_contacts_quiet', sql`(${table.quietFrom} is null) = (${table.quietTo} is null)`),
    check(
      'realtime_contacts_minutes',
      sql`${table.quietFrom} between 0 and 1439 and ${table.quietTo} between 0 and 1439 and ${table.digestMinute} between 0 and 1439`,
    ),
  ],
);

/** The wishes of people for the events of a type by a method; the type `*` stands for all that are not named. */
export const realtimePreferences = publicTable(
  'realtime_preferences',
  {
    userId: text('user_id').notNull(),
    eventType: text('event_type').notNull(),
    method: text('method').notNull(),
    choice: text('choice', { enum: preferenceChoices }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.eventType, table.method] }),
    oneOf('realtime_preferences_choice', table.choice, preferenceChoices),
  ],
);
