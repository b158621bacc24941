import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { sqlState } from '../../src/db/connection/errors.ts';
import type { Drizzle, Query } from '../../src/db/connection/open.ts';
import { type Principal, servicePrincipal } from '../../src/realtime/principal.ts';
import { asPrincipal } from '../../src/tracking/principal.ts';
import {
  esther,
  greenfield,
  joseph,
  mary,
  person,
  riverside,
  ruth,
  type Subject,
  startTracking,
} from './support.ts';

/** One table: how a row of a user in a school is made and found, with $1 the user and $2 the school. */
interface Table {
  readonly insert: string;
  /** A further row, where it differs. */
  readonly insertMore?: string;
  readonly where: string;
  readonly column: string;
}

const idOf = 'md5($1::text || $2::text)::uuid';
const announced = 'md5(left($1::text, 0) || $2::text)::uuid';
const never = '($1::text || $2::text) is null';
const event = (id: string, source: string, mode: string) =>
  `insert into realtime_events (id, type, tenant_id, target_tenant_ids, source_user_id, title, message, priority, scheduled_at,
     delivery_mode, status) values (${id}, 'custom_notification', $2, array[$2], ${source}, 't', 'm', 'low', now(), '${mode}', 'sent')`;
const channel = `'realtime_events:' || $1::text`;

const tables: Readonly<Record<string, Table>> = {
  realtime_channels: {
    insert: `insert into realtime_channels (name, epoch) select ${channel}, 'e' where $2::text is not null on conflict do nothing`,
    insertMore: `insert into realtime_channels (name, epoch) values ($1 || $2 || 'x', 'e')`,
    where: `name = ${channel} and $2::text is not null`,
    column: 'epoch',
  },
  realtime_event_types: {
    insert: `insert into realtime_event_types (name, title_template, message_template)
      values ('t_' || md5($1::text || $2::text || random()), '', '')`,
    where: `name = 'user_login' and not ${never}`,
    column: 'description',
  },
  realtime_events: {
    insert: event(idOf, `'somebody'`, 'person'),
    insertMore: event('gen_random_uuid()', '$1', 'person').replace("'sent'", "'pending'"),
    where: `id = ${idOf}`,
    column: 'title',
  },
  realtime_event_deliveries: {
    insert: `insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank) values (${idOf}, $1, $2, 'sent', 1)`,
    insertMore: `insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank, method)
      values (${announced}, $1, $2, 'sent', 1, 'channel')`,
    where: `event_id = ${idOf} and user_id = $1`,
    column: 'last_error',
  },
  realtime_unread_counts: {
    insert: `insert into realtime_unread_counts (user_id, count, version) select $1, 1, 1 where $2::text is not null on conflict do nothing`,
    insertMore: `insert into realtime_unread_counts (user_id, count, version) select $1, 1, 1 where $2::text is not null`,
    where: 'user_id = $1 and $2::text is not null',
    column: 'count',
  },
  realtime_channel_subscriptions: {
    insert: `insert into realtime_channel_subscriptions (user_id, channel) select $1, ${channel} where $2::text is not null on conflict do nothing`,
    insertMore: `insert into realtime_channel_subscriptions (user_id, channel) select $1, ${channel} where $2::text is not null`,
    where: 'user_id = $1 and $2::text is not null',
    column: 'read_offset',
  },
  websocket_connections: {
    insert: `insert into websocket_connections (id, user_id, role, tenant_id, transport, device_id, process_id, connected_at, last_seen_at)
      values ($1 || $2, $1, 'r', $2, 'websocket', 'd', 'p', now(), now())`,
    insertMore: `insert into websocket_connections (id, user_id, role, tenant_id, transport, device_id, process_id, connected_at, last_seen_at)
      values ($1 || $2 || 'x', $1, 'r', $2, 'websocket', 'd', 'p', now(), now())`,
    where: 'id = $1 || $2',
    column: 'platform',
  },
  realtime_user_activity: {
    insert: `insert into realtime_user_activity (user_id, tenant_id, kind, page, occurred_at) values ($1, $2, 'click', '/', now())`,
    where: 'user_id = $1 and tenant_id = $2',
    column: 'page',
  },
  realtime_system_metrics: {
    insert: `insert into realtime_system_metrics (minute, process_id, name, value) values (now(), $1 || $2, md5(random()::text), 1)`,
    where: 'process_id = $1 || $2',
    column: 'value',
  },
};

type Relation = 'own' | 'peer' | 'foreign' | 'stray';
/** Letters: s(elect), i(nsert), u(pdate), d(elete). */
type Allowed = Readonly<Record<Relation, string>>;

const none = { own: '', peer: '', foreign: '', stray: '' };
/** Rows of one's own, of another of one's school, of another of the foreign school, and new ones of one's own there. */
const forMembers: Readonly<Record<string, Allowed>> = {
  realtime_channels: { ...none, own: 's' },
  realtime_event_types: { ...none, own: 's', peer: 's', foreign: 's' },
  realtime_events: { ...none, own: 's' },
  realtime_event_deliveries: { ...none, own: 'siu' },
  // These two are of a person and of no school.
  realtime_unread_counts: { ...none, own: 'siud', stray: 'i' },
  realtime_channel_subscriptions: { ...none, own: 'siud', stray: 'i' },
  websocket_connections: { ...none, own: 'siu' },
  realtime_user_activity: { ...none, own: 'si' },
  realtime_system_metrics: none,
};
const forStaff = { ...forMembers, realtime_events: { ...none, own: 'si' } };
const seesSchool = [
  'realtime_events',
  'realtime_event_deliveries',
  'websocket_connections',
  'realtime_user_activity',
];
const forSupervisors = Object.fromEntries(
  Object.entries(forStaff).map(([name, allowed]) => [
    name,
    seesSchool.includes(name) ? { ...allowed, peer: 's' } : allowed,
  ]),
);

interface Case {
  readonly who: Principal;
  readonly school: string;
  readonly foreign: string;
  readonly allowed: Readonly<Record<string, Allowed>>;
}

const director = (userId: string, tenants: string[] = []) => person(userId, 'school_director', tenants);
const admin = person('admin-1', 'super_admin');
const both = [
  [greenfield, riverside],
  [riverside, greenfield],
] as const;
const cases: Readonly<Record<string, Case>> = {
  parent: { who: joseph, school: greenfield, foreign: riverside, allowed: forMembers },
  student: {
    who: person('student-1', 'student'),
    school: greenfield,
    foreign: riverside,
    allowed: forMembers,
  },
  teacher: { who: esther, school: greenfield, foreign: riverside, allowed: forStaff },
  'finance manager': {
    who: person('finance-2', 'finance_manager'),
    school: riverside,
    foreign: greenfield,
    allowed: forStaff,
  },
  principal: { who: ruth, school: greenfield, foreign: riverside, allowed: forSupervisors },
  'director of one school': {
    who: director('director-2'),
    school: riverside,
    foreign: greenfield,
    allowed: forSupervisors,
  },
  'director whose token names one of two': {
    who: director('director-1', [greenfield]),
    school: greenfield,
    foreign: riverside,
    allowed: forSupervisors,
  },
};

let subject: Subject;
beforeAll(async () => {
  subject = await startTracking();
  const users = [...Object.values(cases).map(({ who }) => who.userId), 'director-1', 'admin-1'];
  for (const school of [greenfield, riverside]) {
    await subject.rows(event(announced, `'somebody'`, 'channel'), ['', school]);
    for (const user of new Set([...users, `peer-of-${school}`])) {
      for (const { insert } of Object.values(tables)) await subject.rows(insert, [user, school]);
    }
  }
});
afterAll(() => subject[Symbol.asyncDispose]());

class Undo extends Error {}

/** The result of `work`, as this principal, undone; false when it is refused. */
async function attempt(
  who: Principal | undefined,
  work: (query: Query) => Promise<boolean>,
): Promise<boolean> {
  let allowed = false;
  const undone = subject.database.transaction(async (tx: Drizzle, query) => {
    const run = async () => {
      allowed = await work(query);
    };
    if (who) await asPrincipal(tx, 'school.members', who, run);
    else {
      await tx.execute(sql`set local role tambuli_app`);
      await run();
    }
    throw new Undo();
  });
  const error = await undone.catch((thrown) => thrown);
  // Refused by a key, after the policies let it pass.
  if (/^2350[35]$/.test(sqlState(error) ?? '')) return true;
  if (sqlState(error) === '42501') return false;
  if (!(error instanceof Undo)) throw error;
  return allowed;
}

async function letters(
  who: Principal | undefined,
  table: string,
  row: readonly [user: string, school: string],
) {
  const { insert, insertMore = insert, where, column } = tables[table] as Table;
  const some = (text: string) => attempt(who, async (query) => (await query(text, row)).length > 0);
  const operations: Readonly<Record<string, () => Promise<boolean>>> = {
    s: () => some(`select 1 from ${table} where ${where}`),
    i: () => inserted(who, insertMore, row),
    u: () => some(`update ${table} set ${column} = ${column} where ${where} returning 1`),
    d: () => some(`delete from ${table} where ${where} returning 1`),
  };
  let found = '';
  for (const [letter, operation] of Object.entries(operations)) if (await operation()) found += letter;
  return found;
}

const inserted = (who: Principal | undefined, text: string, row: readonly string[]) =>
  attempt(who, async (query) => {
    await query(text, row);
    return true;
  });

async function measure(who: Principal | undefined, school: string, foreign: string) {
  const userId = who?.userId ?? '';
  const found: Record<string, Allowed> = {};
  for (const table of Object.keys(tables)) {
    const { insert, insertMore = insert } = tables[table] as Table;
    found[table] = {
      own: await letters(who, table, [userId, school]),
      peer: await letters(who, table, [`peer-of-${school}`, school]),
      foreign: await letters(who, table, [`peer-of-${foreign}`, foreign]),
      stray: (await inserted(who, insertMore, [userId, foreign])) ? 'i' : '',
    };
  }
  return found;
}

describe('as the role of the application', () => {
  for (const [name, { who, school, foreign, allowed }] of Object.entries(cases)) {
    test(`a ${name} does in each table what is theirs to do, and nothing at the other school`, async () => {
      expect(await measure(who, school, foreign)).toEqual(allowed);
    }, 60_000);
  }

  test('a director of both schools and a super admin see both', async () => {
    for (const who of [director('director-1'), admin]) {
      for (const [school, other] of both) {
        const found = await measure(who, school, other);
        for (const table of seesSchool) {
          expect({ table, ...found[table] }).toMatchObject({ table, peer: 's', foreign: 's' });
        }
        expect(found['realtime_unread_counts']).toMatchObject({ peer: '', foreign: '' });
        expect(found['realtime_system_metrics']).toEqual(none);
      }
    }
  }, 60_000);

  test('without a principal nothing is visible and nothing can be written', async () => {
    for (const [table, found] of Object.entries(await measure(undefined, greenfield, riverside))) {
      expect({ table, ...found }).toEqual({ table, ...none });
    }
    for (const table of Object.keys(tables)) {
      expect(
        await attempt(undefined, async (query) => (await query(`select 1 from ${table}`)).length > 0),
      ).toBe(false);
    }
  }, 60_000);

  test('a role that is only claimed opens nothing', async () => {
    for (const role of ['super_admin', 'principal', 'school_director', 'service']) {
      const found = await measure(
        person(joseph.userId, role, [greenfield, riverside]),
        greenfield,
        riverside,
      );
      for (const table of seesSchool)
        expect({ table, ...found[table] }).toMatchObject({ peer: '', foreign: '' });
    }
  }, 60_000);

  test('the service does everything but write the log’s own heads', async () => {
    const found = await measure(servicePrincipal, greenfield, riverside);
    for (const [table, { peer, foreign }] of Object.entries(found)) {
      const all = table === 'realtime_channels' ? 's' : 'siud';
      expect({ table, peer, foreign }).toEqual({ table, peer: all, foreign: all });
    }
  }, 60_000);

  test('every table is forced, and the role can neither log in nor bypass a policy', async () => {
    const forced = await subject.rows(
      `select relname from pg_class where relname = any($1) and relrowsecurity and relforcerowsecurity`,
      [Object.keys(tables)],
    );
    expect(forced).toHaveLength(Object.keys(tables).length);
    const [role] = await subject.rows(
      `select rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname = 'tambuli_app'`,
    );
    expect(role).toEqual({ rolcanlogin: false, rolbypassrls: false, rolsuper: false });
  });

  test('a delivery is not seen before it is sent, an announcement only by its school', async () => {
    const sees = (who: Principal, text: string, values: readonly string[]) =>
      attempt(who, async (query) => (await query(text, values)).length > 0);
    await subject.rows(`update realtime_event_deliveries set status = 'pending' where user_id = $1`, [
      joseph.userId,
    ]);
    const own = 'select 1 from realtime_event_deliveries where user_id = $1';
    expect(await sees(joseph, own, [joseph.userId])).toBe(false);
    const announcement = 'select 1 from realtime_events where id = md5($1)::uuid';
    expect(await sees(mary, announcement, [greenfield])).toBe(true);
    expect(await sees(mary, announcement, [riverside])).toBe(false);
  });
});
