import { chatTriggers } from '../../chat/triggers.ts';
import type { PublishedTable } from '../../db/triggers/published-table.ts';
import { allCases, myCases, notices } from './channel-names.ts';

const schema = 'clinic';
const everybody = [allCases, `${myCases}:{worker_id}`];
const own = [`${notices}:{user_id}`];

/** The tables that publish by triggers, under the types and names of the routes. */
export const clinicTables: readonly PublishedTable[] = [
  {
    schema,
    table: 'cases',
    type: 'caseUpdate',
    channels: [...everybody, 'clinic_case:{id}'],
    names: { id: 'caseId' },
    changes: {
      created: [{ type: 'newCase', channels: everybody }],
      status_changed: [
        {
          type: 'caseStatusUpdate',
          channels: [...everybody, 'clinic_case:{id}'],
          shape: {
            columns: ['id', 'status', 'updated_by', 'updated_at'],
            names: { id: 'caseId', updated_at: 'timestamp' },
          },
        },
      ],
    },
  },
  {
    schema,
    table: 'notifications',
    type: 'notification',
    channels: own,
    hidden: ['user_id'],
    names: { id: 'notificationId' },
    read: 'read_at',
    mutes: { namespace: notices, user: 'user_id', kind: 'case_id' },
    changes: {
      deleted: [
        {
          type: 'notificationDeleted',
          channels: own,
          shape: { columns: ['id'], names: { id: 'notificationId' } },
        },
      ],
      read: [
        {
          type: 'notificationRead',
          channels: own,
          shape: { columns: ['id', 'read_at'], names: { id: 'notificationId' } },
        },
      ],
    },
  },
  ...chatTriggers({ schema, channel: 'clinic_chat:{case_id}' }),
];
