import type { PersonalData } from '../../../db/personal/personal-data.ts';

/**
 * The places of users in the barangay's tables. Reports and hearings stay, as do the people whom they are about: a register that
 * the law asks for. The row of a user stays too where other tables of the application refer to it.
 */
export const barangayPersonal: readonly PersonalData[] = [
  {
    tables: [
      { table: 'public.notifications', places: [{ rowsOf: 'user_id' }] },
      {
        table: 'public.blotter_reports',
        places: [{ name: 'filed_by', becomes: null }, { list: 'assigned_officers' }],
      },
      { table: 'public.users', places: [{ rowsOf: 'id' }] },
    ],
    records: ['hearing_update', 'case_update', 'person_update', 'person_history_update'],
  },
];
