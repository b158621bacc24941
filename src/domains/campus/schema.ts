import { sql } from 'drizzle-orm';
import {
  check,
  customType,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import { type Geometry, type Level, levels, type Status, statuses } from './model.ts';
import { type OrganizationRole, organizationRoles } from './role-names.ts';

export const campusSchema = pgSchema('campus');

/** ISO 8601 with milliseconds, as it stands on the wire. */
const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
});
const now = sql`clock_timestamp()`;
const id = () => text('id').primaryKey().default(sql`gen_random_uuid()::text`);
const place = () => ({ lat: doublePrecision('lat').notNull(), lng: doublePrecision('lng').notNull() });
/** The outline on the map, as a geometry of GeoJSON. The application fills it. */
const footprint = () => jsonb('footprint').$type<Geometry>();
const isOutline = (column: unknown) => sql`${column} ->> 'type' in ('Polygon', 'MultiPolygon')`;
const level = (name: string) => text(name).$type<Level>().notNull().default('medium');

/** An id is a segment of channel names. */
const isSegment = (column: unknown) => sql`${column} ~ '^[A-Za-z0-9_.~-]{1,100}$'`;
const isOneOf = (column: unknown, values: readonly string[]) =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(', '))})`;

export const organizations = campusSchema.table(
  'organizations',
  { id: id(), name: text('name').notNull() },
  (table) => [check('organizations_id_check', isSegment(table.id))],
);

/** The roles of people in organisations; the application fills the table. */
export const members = campusSchema.table(
  'members',
  {
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    userId: text('user_id').notNull(),
    role: text('role').$type<OrganizationRole>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.userId] }),
    check('members_role_check', isOneOf(table.role, organizationRoles)),
  ],
);

export const campuses = campusSchema.table(
  'campuses',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    name: text('name').notNull(),
    ...place(),
    footprint: footprint(),
  },
  (table) => [
    check('campuses_id_check', isSegment(table.id)),
    check('campuses_footprint_check', isOutline(table.footprint)),
    unique('campuses_of_organization').on(table.organizationId, table.id),
  ],
);

export const buildings = campusSchema.table(
  'buildings',
  {
    id: id(),
    campusId: text('campus_id')
      .notNull()
      .references(() => campuses.id),
    name: text('name').notNull(),
    ...place(),
    footprint: footprint(),
  },
  (table) => [
    check('buildings_id_check', isSegment(table.id)),
    check('buildings_footprint_check', isOutline(table.footprint)),
    unique('buildings_of_campus').on(table.campusId, table.id),
  ],
);

export const issues = campusSchema.table(
  'issues',
  {
    id: id(),
    /** Counts the changes, from 1. */
    version: integer('version').notNull().default(1),
    organizationId: text('organization_id').notNull(),
    campusId: text('campus_id').notNull(),
    buildingId: text('building_id'),
    title: text('title').notNull(),
    description: text('description').notNull().default(''),
    category: text('category').notNull().default('other'),
    priority: level('priority'),
    severity: level('severity'),
    status: text('status').$type<Status>().notNull().default('open'),
    ...place(),
    reportedBy: text('reported_by').notNull(),
    assigneeId: text('assignee_id'),
    resolution: text('resolution'),
    resolvedBy: text('resolved_by'),
    resolvedAt: instant('resolved_at'),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (table) => [
    // A campus is of one organisation, a building of one campus: an issue cannot lie between two.
    foreignKey({
      name: 'issues_campus_of_organization',
      columns: [table.organizationId, table.campusId],
      foreignColumns: [campuses.organizationId, campuses.id],
    }),
    foreignKey({
      name: 'issues_building_of_campus',
      columns: [table.campusId, table.buildingId],
      foreignColumns: [buildings.campusId, buildings.id],
    }),
    check('issues_priority_check', isOneOf(table.priority, levels)),
    check('issues_severity_check', isOneOf(table.severity, levels)),
    check('issues_status_check', isOneOf(table.status, statuses)),
    index('issues_latest_idx').on(table.organizationId, table.updatedAt),
    index('issues_unresolved_idx').on(table.organizationId).where(sql`${table.status} <> 'resolved'`),
  ],
);
