import { doublePrecision, index, primaryKey, text } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { instant } from './columns.ts';

const word = (name: string) => text(name).notNull().default('');

/** The counts that forgotten people leave behind; an empty text stands for none. */
export const realtimeRemovedCounts = publicTable(
  'realtime_removed_counts',
  {
    /** The kind of rows that were counted. */
    fact: text('fact').notNull(),
    measure: text('measure').notNull(),
    /** The beginning of an hour or a day, in the time zone of the deployment. */
    at: instant('at').notNull(),
    tenantId: word('tenant_id'),
    role: word('role'),
    eventType: word('event_type'),
    method: word('method'),
    detail: word('detail'),
    value: doublePrecision('value').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [
        ...([table.fact, table.measure, table.at, table.tenantId] as const),
        ...([table.role, table.eventType, table.method, table.detail] as const),
      ],
    }),
    index('realtime_removed_counts_age_idx').on(table.at),
  ],
);
