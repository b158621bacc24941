import type { PersonalData } from './personal-data.ts';

/** The places of people in the engine's own tables, beside the log; see `forgetInLog`. */
export const engineData: PersonalData = {
  tables: [
    { table: 'public.realtime_presence', places: [{ rowsOf: 'user_id' }] },
    { table: 'public.realtime_lease_waiters', places: [{ rowsOf: 'user_id' }] },
    {
      table: 'public.realtime_leases',
      places: [{ name: 'user_id', becomes: null, sets: { session_id: 'null', expires_at: 'null' } }],
    },
    { table: 'public.realtime_positions', places: [{ rowsOf: 'user_id' }] },
    { table: 'public.realtime_mutes', places: [{ rowsOf: 'user_id' }] },
    {
      table: 'public.realtime_files',
      places: [
        {
          name: 'owner_id',
          becomes: null,
          // The row goes with the bytes, by the next sweep.
          sets: {
            ...{ name: `''`, channel: `''`, mime_type: `''`, attached_to: 'null' },
            ...{ removed_at: 'coalesce(removed_at, now())', due_at: 'now()' },
          },
        },
      ],
    },
  ],
};
