import { getTableColumns, sql } from 'drizzle-orm';
import { check, customType, index, json, pgSchema, smallint, text } from 'drizzle-orm/pg-core';

/** A time that is read as ISO 8601 with milliseconds, UTC, as it goes over the wire. */
const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
});

const id = () => text('id').primaryKey().default(sql`gen_random_uuid()::text`);
const createdAt = () => instant('created_at').notNull().default(sql`clock_timestamp()`);
const updatedAt = () => instant('updated_at').notNull().default(sql`clock_timestamp()`);

export const venuesSchema = pgSchema('venues');

export const users = venuesSchema.table('users', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** The role in the token by which the person was first seen; null for a person whom the application entered. */
  role: text('role'),
});

export const venues = venuesSchema.table(
  'venues',
  {
    id: id(),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    address: text('address').notNull().default(''),
    status: text('status', { enum: ['active', 'inactive'] })
      .notNull()
      .default('active'),
    /** The user who may write the venue, beside administrators. */
    ownerId: text('owner_id').references(() => users.id),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    /** A user, or `service`. */
    updatedBy: text('updated_by').notNull(),
  },
  ({ id, status }) => [
    // An id is a segment of channel names and of addresses.
    check('venues_id_check', sql`${id} ~ '^[A-Za-z0-9_.~-]{1,100}$' and ${id} <> 'updates'`),
    check('venues_status_check', sql`${status} in ('active', 'inactive')`),
  ],
);

const venueId = () =>
  text('venue_id')
    .notNull()
    .references(() => venues.id);

export const vibeChecks = venuesSchema.table(
  'vibe_checks',
  {
    id: id(),
    venueId: venueId(),
    /** Nobody: a counter at the door, by the service key. */
    userId: text('user_id').references(() => users.id),
    rating: smallint('busyness').notNull(),
    comment: text('comment').notNull().default(''),
    createdAt: createdAt(),
  },
  ({ venueId, createdAt, rating }) => [
    check('vibe_checks_busyness_check', sql`${rating} between 1 and 5`),
    index('vibe_checks_latest_idx').on(venueId, createdAt),
  ],
);

export const promotions = venuesSchema.table(
  'promotions',
  {
    id: id(),
    venueId: venueId(),
    title: text('title').notNull(),
    description: text('description').notNull().default(''),
    startDate: instant('starts_at').notNull().default(sql`clock_timestamp()`),
    endDate: instant('ends_at').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    updatedBy: text('updated_by').notNull(),
    /** When its beginning or its end is to be published; null once both are. */
    nextChangeAt: instant('next_change_at'),
  },
  ({ venueId, startDate, endDate, nextChangeAt }) => [
    // One that was ended before it began has both at once.
    check('promotions_period_check', sql`${endDate} >= ${startDate}`),
    index('promotions_running_idx').on(venueId, endDate),
    index('promotions_due_idx').on(nextChangeAt).where(sql`${nextChangeAt} is not null`),
  ],
);

/** The columns of a promotion that readers see. */
const { nextChangeAt: _, ...shownOfPromotion } = getTableColumns(promotions);

export { shownOfPromotion };

export const notifications = venuesSchema.table(
  'notifications',
  {
    id: id(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    type: text('type').notNull(),
    title: text('title').notNull(),
    message: text('message').notNull(),
    // `json` keeps the text as it came; `jsonb` would refuse \u0000.
    data: json('data').$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
    readAt: instant('read_at'),
  },
  ({ userId, createdAt, readAt }) => [
    index('notifications_latest_idx').on(userId, createdAt),
    index('notifications_unread_idx').on(userId).where(sql`${readAt} is null`),
  ],
);
