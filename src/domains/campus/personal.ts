import type { PersonalData } from '../../db/personal/personal-data.ts';

/** The places of people in the tables of organisations. Issues stay: they are the organisation's. */
export const campusPersonal: readonly PersonalData[] = [
  {
    tables: [
      {
        table: 'campus.issues',
        places: [
          { name: 'reported_by', becomes: '' },
          { name: 'assignee_id', becomes: null },
          { name: 'resolved_by', becomes: null },
        ],
      },
      { table: 'campus.members', places: [{ rowsOf: 'user_id' }] },
    ],
    records: [
      'issue:created',
      'issue:updated',
      'issue:resolved',
      'issue:assigned',
      'issue:deleted',
      'heatmap:updated',
    ],
  },
];
