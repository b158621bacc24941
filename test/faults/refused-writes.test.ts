import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { connect } from '../support/clients/ws-client.ts';
import { lockTable } from '../support/postgres/table-lock.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ env: { QUERY_TIMEOUT_MS: '2000' } });
});

afterAll(() => service[Symbol.asyncDispose]());

const broadcast = () => service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
const notify = () =>
  service.post('/ws/broadcast/notification', {
    userId: 'user123',
    notification: { title: 'a', message: 'b' },
  });
const published = async (channel: string) =>
  (await service.database.query('select 1 from realtime_publications where channel = $1', [channel])).length;
const isReady = async () => (await service.get('/health/ready')).status === 200;

const others = `select pid from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;

describe('a locked table', () => {
  test('is a 503 that means that nothing happened, then or later', async () => {
    await until(isReady);
    const { offset } = (await broadcast()).body as { offset: number };
    const before = await published('hearings');
    await using lock = await lockTable(service.database, 'realtime_publications');
    const answers = await Promise.all([broadcast(), notify(), broadcast()]);
    for (const { status, body } of answers) {
      expect([status, (body as { code: string }).code]).toEqual([503, 'database_unavailable']);
    }
    await lock.release();
    await until(isReady);
    expect(await published('hearings')).toBe(before);
    expect(await service.database.query(`select 1 from notifications where title = 'a'`)).toHaveLength(0);
    expect((await broadcast()).body).toMatchObject({ offset: offset + 1 });
  });
});

describe('a statement whose session is lost', () => {
  test('leaves a write unknown, with what to do in a code of its own, and a read unavailable', async () => {
    await using lock = await lockTable(service.database, 'realtime_publications');
    const lose = async () => {
      await lock.contended();
      await service.database.query(`select pg_terminate_backend(pid, 20000) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`);
    };
    for (const write of [broadcast, notify]) {
      const [written] = await Promise.all([write(), lose()]);
      expect(written.body).toMatchObject({ code: 'outcome_unknown', status: 503 });
      expect(written.headers.get('retry-after')).toBeString();
    }
    const [read] = await Promise.all([service.get('/api/realtime/channels/hearings/publications'), lose()]);
    expect(read.body).toMatchObject({ code: 'database_unavailable', status: 503 });
    await lock.release();
    await until(isReady);
  });
});

const refusals = [
  {
    name: 'a full disk',
    code: 'database_full',
    begin: `create function refuse() returns trigger language plpgsql as $$
        begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
      create trigger refuse before insert on realtime_publications execute function refuse()`,
    end: 'drop function refuse cascade',
  },
  {
    name: 'a read-only database',
    code: 'database_read_only',
    begin: `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`,
    end: `set transaction read write;
      do $$ begin execute format('alter database %I reset default_transaction_read_only', current_database()); end $$`,
  },
];

describe.each(refusals)('$name', ({ code, begin, end }) => {
  test('is a 503 with its own code for every write, ready turns red, and reads go on', async () => {
    await using phone = await connect(`${service.socketUrl}?userId=user123&role=officer`);
    phone.send({ type: 'subscribe', channel: 'hearings' });
    await phone.next('subscribed');
    await until(isReady);
    await service.database.transaction((_, query) => query(begin));
    // The setting of a database holds for sessions that begin after it.
    await service.database.query(`select pg_terminate_backend(pid, 20000) from (${others}) other`);
    await until(async () => (await broadcast()).status === 503);
    await until(async () => ((await service.get('/health/ready')).body as { code?: string }).code === code);
    for (const answer of [await broadcast(), await notify(), await service.get('/health/ready')]) {
      expect([answer.status, answer.body]).toMatchObject([503, { code }]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    phone.send({ type: 'sync_request', channel: 'hearings' });
    expect((await phone.next('sync_response'))['recovered']).toBeBoolean();
    await service.database.transaction((_, query) => query(end));
    await service.database.query(`select pg_terminate_backend(pid, 20000) from (${others}) other`);
    await until(isReady);
    expect((await broadcast()).status).toBe(200);
  });
});
