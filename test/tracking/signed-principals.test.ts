import { afterAll, beforeAll, expect, test } from 'bun:test';
import pg from 'pg';
import { rights } from './rights.ts';
import { fillSchools } from './rows.ts';
import { greenfield, riverside, type Subject, startTracking } from './support.ts';

/** The settings that say who a transaction is for: the role of the application cannot make them itself. */

let subject: Subject;
beforeAll(async () => {
  subject = await startTracking();
  await fillSchools(subject);
});
afterAll(() => subject[Symbol.asyncDispose]());

test('a login that is a member of the role can make itself nobody, whatever it sets', async () => {
  await subject.rows(`create role reporting login password 'test'`);
  await subject.rows('grant tambuli_app to reporting');
  try {
    const url = new URL(subject.url);
    url.username = 'reporting';
    url.password = 'test';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      await impersonate(client);
    } finally {
      await client.end();
    }
  } finally {
    await subject.rows('drop owned by reporting');
    await subject.rows('drop role reporting');
  }
});

test('what was signed for one transaction is worth nothing in the next', async () => {
  const client = new pg.Client({ connectionString: subject.url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`select public.realtime_enter('user1-uuid', 'parent', '{school-uuid}', '{}', 'off')`);
    const { rows } = await client.query(
      `select ${settings.map((each) => `current_setting('${each}') as "${each}"`)}`,
    );
    await client.query('set local role tambuli_app');
    expect((await client.query('select from realtime_event_deliveries')).rowCount).toBeGreaterThan(0);
    await client.query(`set local timezone = 'Asia/Manila'`);
    expect((await client.query('select from realtime_event_deliveries')).rowCount).toBeGreaterThan(0);
    await client.query('savepoint forged');
    await client.query(`set local tambuli.service = 'on'`);
    for (const name of Object.keys(rights))
      expect((await client.query(`select from ${name}`)).rowCount).toBe(0);
    await client.query('rollback to savepoint forged');
    await client.query('commit');
    await client.query('begin');
    for (const [name, value] of Object.entries(rows[0] as Record<string, string>)) {
      await client.query('select set_config($1, $2, true)', [name, value]);
    }
    await client.query('set local role tambuli_app');
    for (const name of Object.keys(rights))
      expect((await client.query(`select from ${name}`)).rowCount).toBe(0);
  } finally {
    await client.end();
  }
});

const settings = ['user_id', 'role', 'tenants', 'supervised', 'service', 'signature'].map(
  (each) => `tambuli.${each}`,
);

async function impersonate(client: pg.Client): Promise<void> {
  const claims = [
    'admin-1',
    'super_admin',
    `{${greenfield},${riverside}}`,
    `{${greenfield},${riverside}}`,
    'on',
    'f'.repeat(64),
  ];
  for (const [index, name] of settings.entries()) {
    await client.query('select set_config($1, $2, false)', [name, claims[index]]);
  }
  for (const role of ['none', 'tambuli_app']) {
    await client.query('select set_config($1, $2, false)', ['role', role]);
    for (const name of Object.keys(rights)) {
      expect([name, (await client.query(`select from ${name}`)).rowCount]).toEqual([name, 0]);
    }
    for (const call of [
      'realtime_signature()',
      `realtime_enter('a', 'b', '{}', '{}', 'on')`,
      'realtime_make_signing_key()',
    ]) {
      expect(await stateOf(client.query(`select public.${call}`))).toBe('42501');
    }
    expect(await stateOf(client.query('select from public.realtime_signing_key'))).toBe('42501');
  }
}

async function stateOf(query: Promise<unknown>): Promise<string> {
  return query.then(
    () => 'done',
    (error: { readonly code?: string }) => error.code ?? String(error),
  );
}
