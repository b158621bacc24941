import { marksOfChat } from '../../../chat/personal.ts';
import type { Database } from '../../../db/connection/open.ts';
import type { PersonalData } from '../../../db/personal/personal-data.ts';
import { asService, personalOfTracking } from '../../../tracking/personal.ts';
import { leaveCounts } from './leave-counts.ts';

/** The places of people in tracked events, in conversations and in the schools' own tables. */
export const schoolPersonal: readonly PersonalData[] = [
  { tables: [], forget: leaveCounts },
  personalOfTracking,
  {
    within: asService,
    forget: forgetAuthor,
    tables: [
      ...marksOfChat({ schema: 'school', prefix: 'channel_' }),
      { table: 'school.channels', places: [{ name: 'created_by', becomes: '' }] },
    ],
    records: ['channelCreated', 'channelUpdated', 'channelArchived', 'channelMember'],
  },
  {
    tables: [
      { table: 'school.director_access', places: [{ rowsOf: 'user_id' }] },
      { table: 'school.users', places: [{ rowsOf: 'id' }] },
    ],
  },
];

/** Some messages at a time, so that each statement ends within its limit. */
async function forgetAuthor(database: Database, userId: string): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const [row] = await asService(database, (query) =>
      query<{ changed: number }>('select school.forget_author($1) as changed', [userId]),
    );
    if (!row || row.changed === 0) return forgotten;
    forgotten += row.changed;
  }
}
