import { boolean, date, integer, serial, text, time, timestamp } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';

/**
 * The barangay's own tables, as far as Tambuli reads them. In production they exist already and belong to the
 * application; these definitions make them in an empty database only.
 */
const instant = (name: string) => timestamp(name, { withTimezone: true });

export const users = publicTable('users', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  role: text('role').notNull(),
});

export const blotterReports = publicTable('blotter_reports', {
  id: serial('id').primaryKey(),
  caseNumber: text('case_number').notNull().unique(),
  incidentType: text('incident_type').notNull(),
  incidentDate: date('incident_date'),
  incidentTime: time('incident_time'),
  incidentLocation: text('incident_location'),
  narrative: text('narrative'),
  complainant: text('complainant'),
  status: text('status').notNull().default('pending'),
  priority: text('priority').notNull().default('normal'),
  assignedOfficers: text('assigned_officers').array(),
  filedBy: text('filed_by').references(() => users.id),
  isArchived: boolean('is_archived').notNull().default(false),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

export const hearings = publicTable('hearings', {
  id: serial('id').primaryKey(),
  blotterReportId: integer('blotter_report_id').references(() => blotterReports.id),
  hearingDate: date('hearing_date').notNull(),
  hearingTime: time('hearing_time').notNull(),
  location: text('location'),
  purpose: text('purpose'),
  status: text('status').notNull().default('scheduled'),
  notes: text('notes'),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

export const persons = publicTable('persons', {
  id: serial('id').primaryKey(),
  personCode: text('person_code').notNull().unique(),
  firstName: text('first_name').notNull(),
  lastName: text('last_name').notNull(),
  contactNumber: text('contact_number'),
  address: text('address'),
  personType: text('person_type'),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

export const personHistory = publicTable('person_history', {
  id: serial('id').primaryKey(),
  personId: integer('person_id')
    .notNull()
    .references(() => persons.id),
  blotterReportId: integer('blotter_report_id').references(() => blotterReports.id),
  description: text('description').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export const notifications = publicTable('notifications', {
  id: serial('id').primaryKey(),
  userId: text('user_id').notNull(),
  title: text('title').notNull(),
  message: text('message').notNull(),
  type: text('type').notNull().default('general'),
  caseId: integer('case_id').references(() => blotterReports.id),
  isRead: boolean('is_read').notNull().default(false),
  createdAt: instant('created_at').notNull().defaultNow(),
});
