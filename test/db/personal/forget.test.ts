import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../../src/db/connection/open.ts';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { forgetPerson } from '../../../src/db/personal/forget-person.ts';
import type { PersonalData } from '../../../src/db/personal/personal-data.ts';
import { shippedDomains } from '../../../src/domains.ts';
import { createLogger } from '../../../src/logger.ts';
import { keptBy } from '../../../src/protocol/wire/exclusion.ts';
import { NamespaceRegistry } from '../../../src/realtime/channels/namespace.ts';
import { fencesOf, pageAt } from '../../docs/pages.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/postgres/postgres.ts';
import { findMark, markEverything, personalTables } from './marks.ts';

const opened = new AsyncDisposableStack();
let database: Database;
beforeAll(async () => {
  const { url } = opened.use(await createTestDatabase({ domains }));
  database = opened.use(await openTestDatabase(url, { queryTimeoutMs: 30_000 }));
});
afterAll(() => opened.disposeAsync());

const domains = shippedDomains.map(({ name }) => name);
const forget = (userId: string, as = database) =>
  forgetPerson(as, {
    userId,
    data: shippedDomains.flatMap(({ personal }) => personal ?? []),
    personalNamespaces: shippedDomains.flatMap(
      ({ channels }) => new NamespaceRegistry(channels(database)).personal,
    ),
    timeZone: 'Asia/Kolkata',
  });

test('a person who was everywhere is nowhere after they are forgotten, and a neighbour is untouched', async () => {
  const { query } = database;
  const marked = await markEverything(query, 'person-of-the-mark');
  await markEverything(query, 'neighbour');
  const neighbour = await findMark(query, 'neighbour');
  expect(await findMark(query, 'person-of-the-mark')).toEqual(expect.arrayContaining([...marked]));
  await forget('person-of-the-mark');
  expect(await findMark(query, 'person-of-the-mark')).toEqual([]);
  expect(await findMark(query, 'neighbour')).toEqual(neighbour);
  // A second run has nothing left to do.
  expect(await forget('person-of-the-mark')).toEqual({ changed: {}, kept: [] });
}, 60_000);

test('docs/run/people.md has every table of the engine and of tracked events that can name a person', async () => {
  const ofEngine = (table: string) => /^public\.(realtime|websocket)_/.test(table);
  const [section = ''] = pageAt('docs/run/people.md').text.split('## Forget a person');
  const documented = [...section.matchAll(/`((?:realtime|websocket)_\w+)`/g)].map(
    ([, name]) => `public.${name}`,
  );
  // An id stands there as its hash.
  const hashed = 'public.realtime_revocations';
  const personal = (await personalTables(database.query)).filter(ofEngine);
  expect(documented.toSorted()).toEqual([...personal, hashed].toSorted());
});

test('a login that is no superuser, which owns the tables and is bound by their policies, forgets as much', async () => {
  await using empty = await createEmptyDatabase();
  await using administrator = await openTestDatabase(empty.url, { queryTimeoutMs: 30_000 });
  const url = new URL(empty.url);
  const [login, name] = ['forgetting_owner', url.pathname.slice(1)];
  await administrator.query(`create role ${login} login nosuperuser nobypassrls password 'test'`);
  try {
    // The script is the one that an administrator is told to run where the login may not make roles; see test/tracking/migration.test.ts.
    await administrator.query(`grant tambuli_app to ${login}`);
    await administrator.query(`alter database ${name} owner to ${login}`);
    Object.assign(url, { username: login, password: 'test' });
    await migrate({ url: url.href, domains, log: createLogger('silent') });
    await using owner = await openTestDatabase(url.href, { queryTimeoutMs: 30_000 });
    const { query } = administrator;
    const marked = await markEverything(query, 'person-of-the-mark');
    await markEverything(query, 'neighbour');
    const neighbour = await findMark(query, 'neighbour');
    expect(await findMark(query, 'person-of-the-mark')).toEqual(expect.arrayContaining([...marked]));
    // It sees nothing of what the policies protect, unless it asks as the service.
    expect(await owner.query('select from realtime_event_deliveries')).toEqual([]);
    await forget('person-of-the-mark', owner);
    expect(await findMark(query, 'person-of-the-mark')).toEqual([]);
    expect(await findMark(query, 'neighbour')).toEqual(neighbour);
  } finally {
    await administrator.query(`reassign owned by ${login} to current_user`);
    await administrator.query(`drop owned by ${login}`);
    await administrator.query(`drop role ${login}`);
  }
}, 120_000);

test('a domain from outside says as data what it keeps, as docs/extend/index.md has it', async () => {
  const example = fencesOf(pageAt('docs/extend/index.md')).find(({ code }) =>
    code.startsWith('// personal.ts'),
  );
  const file = join(await mkdtemp(join(tmpdir(), 'personal-')), 'personal.ts');
  await Bun.write(file, example?.code ?? '');
  const { personal } = (await import(file)) as { personal: readonly PersonalData[] };
  const { query } = database;
  for (const statement of [
    'create schema queue',
    'create table queue.tickets (holder_id integer)',
    'create table queue.calls (clerk_id text, note text, waiting_ids integer[], details jsonb, address text)',
    'create table queue.photos (owner_id text)',
    'insert into queue.tickets values (417), (4170)',
    `insert into queue.calls values ('417', 'busy', '{1,417}', '{"for": "417", "n": 417}', '/people/417/4170?who=417')`,
    `insert into queue.photos values ('417')`,
  ]) {
    await query(statement);
  }
  const { changed } = await forgetPerson(database, {
    userId: '417',
    data: personal,
    personalNamespaces: [],
    timeZone: 'UTC',
  });
  expect(changed).toEqual({ other: 1, 'queue.tickets': 1, 'queue.calls': 4 });
  expect(await query('select * from queue.tickets')).toEqual([{ holder_id: 4170 }]);
  expect(await query('select * from queue.calls')).toEqual([
    { clerk_id: '', note: '', waiting_ids: [1], details: { for: '', n: 417 }, address: '/people//4170?who=' },
  ]);
  await query('drop schema queue cascade');
});

describe('in the log', () => {
  const publish = async (type: string, data: unknown, more: { source?: string; exclude?: string } = {}) => {
    const log = new PostgresEventLog(database);
    const { source, exclude } = more;
    const [receipt] = await log.append([
      {
        ...{ id: crypto.randomUUID(), channel: 'team:1', type, data: JSON.stringify(data) },
        ...(source !== undefined && { sourceUserId: source }),
        ...(exclude !== undefined && { exclude: `user:${exclude}` as const }),
      },
    ]);
    return receipt;
  };
  const read = async () => {
    const { publications } = await new PostgresEventLog(database).read('team:1', 0, 100);
    return publications.map(({ offset, type, data, exclude }) => ({
      offset,
      type,
      data: JSON.parse(data),
      exclude,
    }));
  };

  test('a publication of the person loses its content and reaches nobody; a record and a mention lose the name', async () => {
    await publish('note', { text: 'mine' }, { source: 'leaver' });
    await publish('newCase', { caseId: '1', workerId: 'leaver' }, { source: 'leaver' });
    await publish('note', { members: ['leaver', 'leaver-2'], by: 'ana' });
    await publish('note', { text: 'about leaver' }, { source: 'ana', exclude: 'leaver' });
    await forget('leaver');
    const [own, ...others] = await read();
    expect(own).toMatchObject({ offset: 1, data: {} });
    const reader = { userId: 'ana', sessionId: 's' };
    const [{ epoch = '' } = {}] = await database.query<{ epoch: string }>(
      `select epoch from realtime_channels where name = 'team:1'`,
    );
    expect(keptBy(own?.exclude ?? 'user:')(reader, { epoch, offset: 0 })).toBe(true);
    expect(others).toEqual([
      { offset: 2, type: 'newCase', data: { caseId: '1', workerId: '' }, exclude: undefined },
      { offset: 3, type: 'note', data: { members: ['', 'leaver-2'], by: 'ana' }, exclude: undefined },
      // The words of others are theirs.
      { offset: 4, type: 'note', data: { text: 'about leaver' }, exclude: undefined },
    ]);
  });

  test('the channels of a person go with all their publications, however many there are', async () => {
    const channel = 'notifications:talker';
    await database.query(`insert into realtime_channels (name, epoch) values ($1, 'e')`, [channel]);
    await database.query(
      `insert into realtime_publications (channel, "offset", id, type, data, created_at)
       select $1, n, gen_random_uuid(), 'note', '{}', now() from generate_series(1, 6500) n`,
      [channel],
    );
    expect((await forget('talker')).changed).toMatchObject({
      'public.realtime_publications': 6_500,
      'public.realtime_channels': 1,
    });
  });
});
