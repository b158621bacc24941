import { personalOfChat } from '../../chat/personal.ts';
import type { PersonalData } from '../../db/personal/personal-data.ts';

/** The places of health workers and clinicians in the clinic's tables. Cases stay: they are the patients'. */
export const clinicPersonal: readonly PersonalData[] = [
  {
    tables: [
      ...personalOfChat({ schema: 'clinic' }),
      {
        table: 'clinic.notifications',
        places: [{ rowsOf: 'user_id' }, { name: 'sent_by', becomes: '' }],
      },
      { table: 'clinic.reviews', places: [{ name: 'clinician_id', becomes: '' }] },
      {
        table: 'clinic.cases',
        places: [
          { name: 'worker_id', becomes: '' },
          { name: 'clinician_id', becomes: null },
          { name: 'updated_by', becomes: '' },
        ],
      },
    ],
    records: ['newCase', 'caseStatusUpdate', 'caseUpdate'],
  },
];
