import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { SessionDetail, SessionItem } from '../../src/operate/sessions/model.ts';
import { findSessions } from '../../src/operate/sessions/session-search.ts';
import { connect } from '../support/clients/ws-client.ts';
import { createEngine, someone } from '../support/services/engine.ts';
import { joinAs } from '../support/services/session.ts';
import { until } from '../support/until.ts';
import { operate, type Pair, publish, startPair } from './support.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair[Symbol.asyncDispose]());

interface SessionPage {
  readonly data: readonly SessionItem[];
  readonly matching: number;
  readonly more: boolean;
  readonly nextCursor: string | null;
  readonly answered: readonly string[];
  readonly silent: readonly string[];
}

const phone = '?deviceId=phone-1&platform=android&version=2.4.1';

test('the sessions of all processes are one list, found by user, transport, version and channel', async () => {
  const { one, other } = pair;
  await using _here = await joinAs(one, { userId: 'ana', role: 'officer' }, ['hearings']);
  await using _there = await joinAs({ ...other, socketUrl: `${other.socketUrl}${phone}` }, { userId: 'ben' });
  // Sessions of the test before may take a moment to go.
  await until(async () => (await operate<SessionPage>(one, 'sessions')).matching === 2);
  const all = await operate<SessionPage>(one, 'sessions');
  expect(all).toMatchObject({ matching: 2, more: false, silent: [] });
  expect(all.answered).toHaveLength(2);
  expect(new Set(all.data.map(({ processId }) => processId))).toEqual(new Set(all.answered));
  const found = async (query: string) =>
    (await operate<SessionPage>(one, `sessions?${query}`)).data.map(({ userId }) => userId);
  expect(await found('user=ben')).toEqual(['ben']);
  expect(await found('version=2.4.1')).toEqual(['ben']);
  expect(await found('channel=hearings')).toEqual(['ana']);
  expect(await found('transport=websocket')).toEqual(expect.arrayContaining(['ana', 'ben']));
  expect(await found('transport=sse')).toEqual([]);
  expect((await operate<SessionPage>(one, 'sessions?user=ben')).data[0]).toMatchObject({
    ...{ role: 'user', deviceId: 'phone-1', platform: 'android', version: '2.4.1', subscriptions: 0 },
  });
});

test('a session of another process is seen, with what its client said that it has, and is closed', async () => {
  const { one, other } = pair;
  await using client = await joinAs(other, { userId: 'cleo', role: 'officer' }, ['hearings']);
  const [subscribed] = client.all('subscribed');
  const position = String(subscribed?.['position']);
  client.send({ type: 'ping', positions: `hearings@${position}` });
  await client.next('pong');
  const text = JSON.stringify({ text: 'a hearing of so many letters' });
  const sent = await publish(one, 'hearings', { data: { text } });
  await client.next('note');
  const [item] = (await operate<SessionPage>(one, 'sessions?user=cleo')).data;
  const { data } = await operate<{ data: SessionDetail }>(one, `sessions/${item?.id}`);
  expect(data).toMatchObject({ userId: 'cleo', waitingBytes: 0 });
  expect(data.reads).toEqual([
    {
      ...{ channel: 'hearings', log: 'hearings', position: sent.position, behind: 0, by: 'sent' },
      ...{ sent: 1, sentBytes: expect.any(Number) },
      toldAt: expect.stringMatching(/Z$/),
    },
  ]);
  expect(data.reads[0]?.sentBytes).toBeGreaterThan(text.length);
  const closed = await one.post(`/api/operate/sessions/${item?.id}/close`, '');
  expect(closed).toMatchObject({ status: 200, body: { success: true, processId: item?.processId } });
  expect((await client.closed).code).toBe(4011);
  await until(async () => (await one.get(`/api/operate/sessions/${item?.id}`)).status === 404);
});

test('positions that are none are an error of the frame', async () => {
  await using client = await connect(`${pair.one.socketUrl}?userId=dan`);
  client.send({ type: 'ping', id: 7, positions: 'hearings' });
  expect(await client.next('error')).toMatchObject({ id: 7, code: 'invalid_frame' });
});

test('pages bring each of ten thousand sessions once, by id, whatever comes and goes', async () => {
  const { manager, connect: open, clock } = createEngine({ createId: scrambled() });
  for (let n = 0; n < 10_000; n += 1) await open({ ...someone, userId: `u${n}` });
  const deps = { manager, clock };
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const { sessions, matching } = findSessions(deps, { limit: 200, after });
    expect(matching).toBe(manager.sessions.size);
    const page = sessions.slice(0, 200).map(({ id }) => id);
    seen.push(...page);
    after = page.at(-1);
    if (sessions.length <= 200) break;
    // One behind goes, which moves nobody.
    const [first] = [...manager.sessions].filter(({ id }) => id === page[0]);
    if (first) manager.close(first);
  }
  expect(seen).toHaveLength(10_000);
  expect(seen).toEqual([...new Set(seen)].sort());
});

/** Ids that are not in the order in which they are made. */
function scrambled(): () => string {
  let n = 0;
  return () => String((n++ * 7_919) % 100_003).padStart(6, '0');
}
