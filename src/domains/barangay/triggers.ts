import type { PublishedTable } from '../../db/triggers/published-table.ts';

/** The channel of the cases that its reader filed. */
export const ownCases = 'my_cases';

/**
 * The columns of the barangay's tables that leave by REST and by trigger, and their channels. Columns whose names say
 * that they hold a secret (`password_hash`, `pin`, …) never leave, whether they are hidden here or not.
 */
export const hearingsTable = {
  table: 'hearings',
  type: 'hearing_update',
  channels: ['hearings'],
  hidden: [],
} as const satisfies PublishedTable;

/** To the officials, to the followers of this one case, and to the person who filed it. */
export const casesTable = {
  table: 'blotter_reports',
  type: 'case_update',
  channels: ['cases', 'case:{id}', `${ownCases}:{filed_by}`],
  hidden: [],
} as const satisfies PublishedTable;

export const personsTable = {
  table: 'persons',
  type: 'person_update',
  channels: ['persons'],
  hidden: [],
} as const satisfies PublishedTable;

/** Records about a person. They have a type of their own, since the row is not the person's. */
export const personHistoryTable = {
  table: 'person_history',
  type: 'person_history_update',
  channels: ['persons'],
  hidden: [],
} as const satisfies PublishedTable;

const ownNotifications = ['notifications:{user_id}'] as const;

/** User ids are texts on the wire, also where the column is an integer. */
export const notificationsTable = {
  table: 'notifications',
  type: 'notification',
  channels: ownNotifications,
  hidden: [],
  texts: ['user_id'],
  read: 'is_read',
  mutes: { namespace: 'notifications', user: 'user_id', kind: 'type' },
  changes: {
    read: [{ type: 'notificationRead', channels: ownNotifications }],
    deleted: [{ type: 'notificationDeleted', channels: ownNotifications, shape: { columns: ['id'] } }],
  },
} as const satisfies PublishedTable;

export const barangayTables: readonly PublishedTable[] = [
  hearingsTable,
  casesTable,
  personsTable,
  personHistoryTable,
  notificationsTable,
];
