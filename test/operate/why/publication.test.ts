import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Cause, Why } from '../../../src/operate/why/model.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';
import { until } from '../../support/until.ts';
import { operate, type Pair, publish, startPair } from '../support.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair[Symbol.asyncDispose]());

const why = (service: TestService, query: string) => operate<Why>(service, `why?${query}`);

/** Waits until the memory of both processes gives this cause. */
async function expectCause(cause: Cause, query: string, service = pair.other): Promise<Why> {
  let last: Why | undefined;
  await until(async () => {
    last = await why(service, query);
    return last.cause === cause;
  }).catch((error: unknown) => {
    throw new Error(`${cause} expected, and ${last?.cause} found: ${JSON.stringify(last)}`, { cause: error });
  });
  return last as Why;
}

const officer = (userId: string) => ({ userId, role: 'officer' });

test('sent: a process handed it to a live connection, at an offset and a time', async () => {
  await using client = await joinAs(pair.one, officer('ana'), ['hearings']);
  const { offset, id } = await publish(pair.one, 'hearings');
  await client.next('note');
  const found = await expectCause('sent', `user=ana&channel=hearings&at=${offset}`);
  expect(found.publication).toMatchObject({ id, channel: 'hearings', type: 'note' });
  expect(found.rule).toMatchObject({ reads: true, because: 'the rule of hearings allows the role officer' });
  expect(found.identity).toMatchObject({ role: 'officer', from: 'a connection' });
  const texts = found.findings.map(({ text }) => text);
  expect(texts).toContain(`Publication ${id} was added to the log at offset ${offset}.`);
  expect(texts.filter((text) => text.endsWith('handed it to 1 readers.'))).toHaveLength(1);
  expect(found.unknown).toEqual([]);
  expect((await why(pair.one, `user=ana&channel=hearings&id=${id}`)).cause).toBe('sent');
});

test('has it: the client said so, or left behind it', async () => {
  const client = await joinAs(pair.one, officer('ben'), ['hearings']);
  const { position, offset } = await publish(pair.one, 'hearings');
  await client.next('note');
  client.send({ type: 'ping', positions: `hearings@${position}` });
  await client.next('pong');
  const query = `user=ben&channel=hearings&at=${position}`;
  expect((await expectCause('has_it', query)).answer).toBe(
    `A device that does not name itself says that it is at offset ${offset}.`,
  );
  await client.close();
  await expectCause('has_it', query, pair.one);
});

test('offline: nobody was connected, or not any more', async () => {
  const { offset } = await publish(pair.one, 'hearings');
  const never = await expectCause('offline', `user=nobody&channel=hearings&at=${offset}&asRole=officer`);
  expect(never.answer).toBe('No device of the person was connected, then or since.');
  const client = await joinAs(pair.other, officer('cleo'), ['hearings']);
  await client.close();
  await until(
    async () => (await operate<{ matching: number }>(pair.one, 'sessions?user=cleo')).matching === 0,
  );
  const { offset: missed } = await publish(pair.one, 'hearings');
  const gone = await expectCause('offline', `user=cleo&channel=hearings&at=${missed}`);
  expect(gone.answer).toStartWith('No device of the person has been connected since 2');
  expect(gone.findings.map(({ text }) => text)).toContain(
    'This connection ended, without the server ending it.',
  );
});

test('not subscribed: connected, and reading something else', async () => {
  await using client = await joinAs(pair.one, officer('dan'), ['cases']);
  const { offset } = await publish(pair.other, 'hearings');
  await expectCause('not_subscribed', `user=dan&channel=hearings&at=${offset}`);
  client.send({ type: 'subscribe', channel: 'hearings' });
  await client.next('subscribed');
  const later = await expectCause('subscribed_later', `user=dan&channel=hearings&at=${offset}`);
  expect(later.answer).toContain(`behind offset ${offset}, without a position`);
});

test('sent later: a connection came back with its position', async () => {
  const { position } = await publish(pair.one, 'persons');
  const { offset } = await publish(pair.one, 'persons');
  await using client = await joinAs(pair.one, officer('dora'), []);
  client.send({ type: 'subscribe', channel: 'persons', since: position });
  await client.next('note');
  await expectCause('sent', `user=dora&channel=persons&at=${offset}`);
});

test('excluded: the publisher left the person out', async () => {
  await using _client = await joinAs(pair.one, officer('eva'), ['hearings']);
  const { offset } = await publish(pair.one, 'hearings', { exclude: { userId: 'eva' } });
  const found = await expectCause('excluded', `user=eva&channel=hearings&at=${offset}`);
  expect(found.answer).toBe('The publisher left out user:eva.');
});

test('not allowed: the rule denies, and the refusal stands among the findings', async () => {
  await using client = await connect(`${pair.one.socketUrl}?userId=fay&role=resident`);
  client.send({ type: 'subscribe', channel: 'hearings' });
  await client.next('error');
  const { offset } = await publish(pair.one, 'hearings');
  const found = await expectCause('not_allowed', `user=fay&channel=hearings&at=${offset}`);
  expect(found.rule).toMatchObject({ reads: false });
  expect(found.findings.map(({ text }) => text)).toContain('The person was refused the channel: forbidden.');
});

test('not theirs, no such channel, no such publication, no longer kept', async () => {
  await publish(pair.one, 'notifications', { userId: 'gina' });
  await expectCause('not_theirs', 'user=hugo&channel=notifications:gina');
  await expectCause('offline', 'user=gina&channel=notifications');
  await expectCause('unknown_channel', 'user=hugo&channel=nowhere');
  await expectCause('not_published', 'user=hugo&channel=case:404');
  const { offset } = await publish(pair.one, 'case:1');
  await expectCause('not_published', `user=hugo&channel=case:1&at=${offset + 1}`);
  await expectCause('not_published', 'user=hugo&channel=case:1&id=none');
  await pair.one.database.query(`delete from realtime_publications where channel = 'case:1'`);
  const pruned = await expectCause('pruned', `user=hugo&channel=case:1&at=${offset}`);
  expect(pruned.answer).toBe(`Offset ${offset} is no longer kept: nothing is kept.`);
});

test('on the way: it waits in the outbox; dead letter: it fits no channel', async () => {
  const { database } = pair.one;
  await database.query(`select realtime_publish('nowhere:1', 'note', 'created', '1')`);
  const dead = await expectCause('dead_letter', 'user=ina&channel=nowhere:1');
  expect(dead.answer).toContain('Publications of this channel fit no channel');
  await database.transaction(async (tx) => {
    // The lock of the relays: while it is held, nothing is moved.
    await tx.execute('select pg_advisory_xact_lock(7266854)');
    await database.query(`select realtime_publish('case:7', 'note', 'created', '1')`);
    await expectCause('on_the_way', 'user=ina&channel=case:7');
  });
});

test('unknown: the process that would know is gone, and the answer says so', async () => {
  await using database: TestDatabase = await createTestDatabase({ domains: ['barangay'] });
  const before = await startTestService({ database, env: { BROKER: 'postgres' } });
  const { offset } = await publish(before, 'hearings');
  await before[Symbol.asyncDispose]();
  await using after = await startTestService({ database, env: { BROKER: 'postgres' } });
  const found = await why(after, `user=ghost&channel=hearings&at=${offset}&asRole=officer`);
  expect(found.cause).toBe('unknown');
  expect(found.answer).toMatch(/^No record: process \w+ was started at \d{4}-.*Z\.$/);
  expect(found.unknown).toEqual([
    found.answer,
    expect.stringMatching(/^No record: process \w+ ended at \d{4}-.*Z, and its memory with it\.$/),
  ]);
});

test('a question without a subject, or about no place, is refused', async () => {
  const asked = async (query: string) => (await pair.one.get(`/api/operate/why?${query}`)).status;
  expect(await asked('user=a')).toBe(422);
  expect(await asked('user=a&channel=hearings&at=yesterday')).toBe(422);
  expect(await asked(`user=a&channel=hearings&event=${crypto.randomUUID()}`)).toBe(422);
  expect(await asked(`user=a&event=${crypto.randomUUID()}`)).toBe(404);
  expect(await asked('user=a&channel=hearings&strange=1')).toBe(422);
});
