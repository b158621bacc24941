import { index, text } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { createdAt, instant, oneOf } from './columns.ts';

export const devicePlatforms = ['android', 'ios', 'web'] as const;

/** The phones of people, by the token under which Firebase Cloud Messaging knows an installation of the app. */
export const realtimeDevices = publicTable(
  'realtime_devices',
  {
    token: text('token').primaryKey(),
    userId: text('user_id').notNull(),
    platform: text('platform', { enum: devicePlatforms }).notNull(),
    appVersion: text('app_version'),
    createdAt: createdAt(),
    /** The last start of the app. */
    seenAt: instant('seen_at').notNull(),
  },
  (table) => [
    oneOf('realtime_devices_platform', table.platform, devicePlatforms),
    index('realtime_devices_user_idx').on(table.userId, table.seenAt),
  ],
);
