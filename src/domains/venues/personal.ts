import type { PersonalData } from '../../db/personal/personal-data.ts';

/** The places of people in the guide's tables. A vibe check stays as a number, without its author and comment. */
export const venuesPersonal: readonly PersonalData[] = [
  {
    tables: [
      { table: 'venues.notifications', places: [{ rowsOf: 'user_id' }] },
      { table: 'venues.vibe_checks', places: [{ name: 'user_id', becomes: null, sets: { comment: `''` } }] },
      { table: 'venues.promotions', places: [{ name: 'updated_by', becomes: '' }] },
      {
        table: 'venues.venues',
        places: [
          { name: 'owner_id', becomes: null },
          { name: 'updated_by', becomes: '' },
        ],
      },
      { table: 'venues.users', places: [{ rowsOf: 'id' }] },
    ],
    records: ['venue_update', 'promotion'],
  },
];
