import type { PersonalTable } from '../db/personal/personal-data.ts';

interface Names {
  /** The schema of the domain, and what stands before the names of the tables; as for `chatTables`. */
  readonly schema: string;
  readonly prefix?: string;
}

/** The reactions and receipts of people. */
export const marksOfChat = ({ schema, prefix = '' }: Names): readonly PersonalTable[] => [
  { table: `${schema}.${prefix}reactions`, places: [{ rowsOf: 'user_id' }] },
  { table: `${schema}.${prefix}receipts`, places: [{ rowsOf: 'user_id' }] },
];

/** The messages of people too, which keep their places in the thread without author and content. */
export const personalOfChat = (names: Names): readonly PersonalTable[] => [
  ...marksOfChat(names),
  {
    table: `${names.schema}.${names.prefix ?? ''}messages`,
    places: [
      {
        name: 'author_id',
        becomes: '',
        sets: { body: `''`, attachments: `'[]'`, deleted_at: 'coalesce(deleted_at, clock_timestamp())' },
      },
    ],
  },
];
