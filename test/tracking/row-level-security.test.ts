import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Attempt, asPerson } from './deliveries/attempts.ts';
import { callable, type Person, type Row, type Rows, rights } from './rights.ts';
import { fillSchools } from './rows.ts';
import { greenfield, person, riverside, type Subject, startTracking } from './support.ts';

/**
 * Every relation and function of tracked events and of the school, as the catalog names them, as the role of the
 * application: what each person sees is exactly what is theirs, and whatever they get written is theirs too.
 */

const people: Readonly<Record<string, Person>> = {
  'a parent': {
    principal: person('user1-uuid', 'parent'),
    addressed: [greenfield],
    supervised: [],
  },
  'a teacher': { principal: person('user-uuid', 'teacher'), addressed: [greenfield], supervised: [] },
  'a director of both schools': {
    principal: person('director-1', 'school_director'),
    addressed: [greenfield, riverside],
    supervised: [greenfield, riverside],
  },
  'a director whose token names one school': {
    principal: person('director-1', 'school_director', [riverside]),
    addressed: [riverside],
    supervised: [riverside],
  },
  'a parent of the other school': {
    principal: person('parent-2', 'parent'),
    addressed: [riverside],
    supervised: [],
  },
  'a super admin': {
    principal: person('admin-1', 'super_admin'),
    addressed: [],
    supervised: [greenfield, riverside],
  },
  'somebody whom no school knows': { principal: person('nobody', 'parent'), addressed: [], supervised: [] },
  'a parent who claims to be a principal of both': {
    principal: person('user1-uuid', 'principal', [greenfield, riverside]),
    addressed: [],
    supervised: [],
  },
};

let subject: Subject;
let relations: readonly string[];
let all: Rows;

beforeAll(async () => {
  subject = await startTracking();
  await fillSchools(subject);
  const found = await subject.rows(`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and (n.nspname = 'school' or n.nspname = 'public' and (c.relname like 'realtime%' or c.relname = 'websocket_connections'))
    order by 1`);
  relations = found.map(({ name }) => String(name));
  all = await read((text) => subject.rows(text));
});
afterAll(() => subject[Symbol.asyncDispose]());

/** Every row of every relation that `query` may read. */
async function read(query: (text: string) => Promise<readonly Row[]>, names = relations): Promise<Rows> {
  const rows: Record<string, readonly Row[]> = {};
  for (const name of names) {
    const found = await query(`select to_jsonb(r) as row from ${name} r`);
    rows[name] = found.map(({ row }) => row as Row);
  }
  return rows;
}

const textOf = (row: Row) => JSON.stringify(row);
const sorted = (rows: readonly Row[]) => rows.map(textOf).sort();

const visible = (attempt: Attempt, names = relations): Promise<Rows> =>
  read(async (text) => (await attempt(text)) ?? [], names);

const mayInsert = (name: string, row: Row, who: Person) => rights[name]?.inserts?.(row, who, all) ?? false;

describe('as the role of the application', () => {
  test('the rows that are tried are of every relation a person may know, and of both schools', () => {
    expect(relations).toContain('school.members');
    for (const name of Object.keys(rights)) {
      expect(relations).toContain(name);
      expect({ name, some: (all[name] ?? []).length > 1 }).toEqual({ name, some: true });
    }
  });

  for (const [title, who] of Object.entries(people)) {
    test(`${title} sees of every relation what is theirs, and nothing else`, () =>
      asPerson(subject, who, async (attempt) => {
        const seen = await visible(attempt);
        for (const name of relations) {
          const expected = (all[name] ?? []).filter((row) => rights[name]?.sees?.(row, who, all));
          expect({ name, rows: sorted(seen[name] ?? []) }).toEqual({ name, rows: sorted(expected) });
        }
      }));

    test(
      `${title} changes and deletes in every relation their own rows alone`,
      () =>
        asPerson(subject, who, async (attempt) => {
          for (const name of relations) {
            for (const [column] of Object.entries((all[name] ?? [])[0] ?? {})) {
              const touched = await attempt(
                `update ${name} r set "${column}" = r."${column}" returning to_jsonb(r) as row`,
              );
              for (const { row } of touched ?? []) {
                expect({ name, row, may: rights[name]?.updates?.(row as Row, who, all) }).toMatchObject({
                  may: true,
                });
              }
            }
            const gone = await attempt(`delete from ${name} r returning to_jsonb(r) as row`);
            for (const { row } of gone ?? []) {
              expect({ name, row, may: rights[name]?.deletes?.(row as Row, who, all) }).toMatchObject({
                may: true,
              });
            }
            expect({ name, truncated: await attempt(`truncate ${name}`) }).toEqual({
              name,
              truncated: undefined,
            });
          }
        }),
      30_000,
    );

    test(
      `${title} moves no row of theirs to what is somebody else’s, and sees nothing by trying`,
      () =>
        asPerson(subject, who, async (attempt) => {
          const before = await visible(attempt);
          for (const name of relations) {
            const own = (before[name] ?? []).filter((row) => rights[name]?.updates?.(row, who, all));
            for (const row of own) await moveEachColumn(attempt, name, row, who, before);
          }
        }),
      60_000,
    );

    test(`${title} takes over no row that is somebody else’s`, () =>
      asPerson(subject, who, async (attempt) => {
        const before = await visible(attempt);
        for (const name of relations) {
          for (const row of before[name] ?? []) {
            const owner = ownerOf(row);
            if (!(owner in row) || rights[name]?.updates?.(row, who, all)) continue;
            const taken = await attempt(
              `update ${name} r set "${owner}" = $1 where to_jsonb(r) = $2::jsonb returning to_jsonb(r) as row`,
              [who.principal.userId, JSON.stringify(row)],
            );
            expect({ name, row, taken: taken ?? [] }).toEqual({ name, row, taken: [] });
          }
        }
      }));

    test(
      `${title} inserts into every relation what is theirs alone, whatever it refers to`,
      () =>
        asPerson(subject, who, async (attempt) => {
          for (const name of relations) {
            for (const row of all[name] ?? []) {
              for (const written of variants(name, row, who)) {
                const insert = `insert into ${name} overriding system value select * from jsonb_populate_record(null::${name}, $1)`;
                const passed = await attempt(insert, [JSON.stringify(written)]);
                if (passed)
                  expect({ name, written, may: mayInsert(name, written, who) }).toMatchObject({ may: true });
              }
            }
          }
        }),
      60_000,
    );
  }

  test('a person calls the functions that policies ask, and none that signs, publishes or makes a key', async () => {
    const found = await subject.rows(`
      select p.proname as name, has_function_privilege('tambuli_app', p.oid, 'execute') as may, p.proleakproof as leaks,
        coalesce(array_to_string(p.proconfig, ','), '') as settings, p.prosecdef as definer
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'school' or n.nspname = 'public' and p.proname like 'realtime%' order by 1`);
    expect(found.filter(({ leaks }) => leaks)).toEqual([]);
    for (const { name, definer, settings } of found.filter((each) => each['definer'])) {
      expect({ name, definer, settings }).toMatchObject({
        settings: expect.stringContaining('search_path='),
      });
    }
    const may = found.filter((each) => each['may']).map(({ name }) => String(name));
    expect(may).toEqual(callable);
  });
});

/** Gives each column of a row the values that rows of others have. What passes is still theirs and shows nothing new. */
async function moveEachColumn(
  attempt: Attempt,
  name: string,
  row: Row,
  who: Person,
  before: Rows,
): Promise<void> {
  const others = (all[name] ?? []).filter((other) => textOf(other) !== textOf(row));
  const moved = Object.keys(row).flatMap((column) => {
    const values = new Set(others.map((other) => JSON.stringify(other[column])));
    return [...values].slice(0, 4).map((value): Row => ({ ...row, [column]: JSON.parse(value) }));
  });
  // Two at once: to be of another school's event, a row may have to name the school too.
  moved.push(...others.map((other): Row => ({ ...other, user_id: row['user_id'] })));
  for (const next of moved) {
    const columns = Object.keys(row).map((column) => `"${column}" = n."${column}"`);
    const update = `update ${name} r set ${columns.join()} from jsonb_populate_record(null::${name}, $1) n where to_jsonb(r) = $2::jsonb returning 1`;
    const passed = await attempt(update, [JSON.stringify(next), JSON.stringify(row)], async () => {
      const known = new Set([...sorted(Object.values(before).flat()), textOf(next)]);
      for (const [relation, rows] of Object.entries(await visible(attempt, Object.keys(rights)))) {
        const news = rows.filter((each) => relation !== name && !known.has(textOf(each)));
        expect({ name, next, relation, news }).toEqual({ name, next, relation, news: [] });
      }
    });
    const stays = rights[name]?.updates?.(next, who, all) && remains(name, next, who, before);
    if (passed?.length) expect({ name, next, stays }).toMatchObject({ stays: true });
  }
}

/** Whether what an updated row refers to was the person's to see, and is of the same school. */
function remains(name: string, row: Row, who: Person, before: Rows): boolean {
  if (name === 'school.channel_messages') return rights[name]?.updates?.(row, who, all) ?? false;
  if (name !== 'public.realtime_event_deliveries') return mayInsert(name, row, who);
  const event = before['public.realtime_events']?.find(({ id }) => id === row['event_id']);
  return event !== undefined && event['tenant_id'] === row['tenant_id'];
}

/** The column that says whose a row is. */
const ownerOf = (row: Row) =>
  ['source_user_id', 'author_id', 'created_by'].find((each) => each in row) ?? 'user_id';

/** A row as a person might try to add it: under a new key, as it is, in their name, at their school, in both. */
function variants(name: string, row: Row, { principal, addressed, supervised }: Person): readonly Row[] {
  const key = name === 'public.realtime_user_activity' ? 1_000_000 : crypto.randomUUID();
  const copy: Row = {
    ...row,
    ...('id' in row && { id: key }),
    ...('endpoint' in row && { endpoint: key }),
    ...(name === 'public.realtime_event_types' && { name: 'forged' }),
  };
  const userId = ownerOf(row);
  const own = { ...copy, ...(userId in row && { [userId]: principal.userId }) };
  const [school = null] = [...addressed, ...supervised];
  const tenantId = 'school_id' in row ? 'school_id' : 'tenant_id';
  const at = (each: Row) => (tenantId in row ? { ...each, [tenantId]: school } : each);
  return [
    copy,
    own,
    at(copy),
    at(own),
    ...('method' in row
      ? [
          { ...own, method: 'channel' },
          { ...at(own), method: 'channel' },
        ]
      : []),
  ];
}
