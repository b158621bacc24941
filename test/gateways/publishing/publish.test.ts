import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { GatewayService } from '../../support/services/gateway-service.ts';
import { settle } from '../../support/services/session.ts';
import { asService, asUser, join, logged, publish, startPublishing } from './support.ts';

let service: GatewayService;
beforeAll(async () => {
  service = await startPublishing();
});
afterAll(() => service?.[Symbol.asyncDispose]());

const note = { type: 'note', data: { text: 'hello' } };

test('a service publishes on any channel, and the answer says where', async () => {
  await using reader = await join(service, 'user1', 'open:answer');
  const answer = await publish(service, { ...note, channel: 'open:answer', eventType: 'created' });
  const epoch = await service.epochOf('open:answer');
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.body).toEqual({
    success: true,
    id: expect.any(String),
    channel: 'open:answer',
    position: `${epoch}:1`,
    offset: 1,
    delivered: 1,
  });
  const { id } = answer.body as { id: string };
  expect(await reader.next('note')).toEqual({
    ...note,
    channel: 'open:answer',
    eventType: 'created',
    offset: 1,
    id,
    timestamp: expect.any(String),
  });
  expect(await publish(service, { ...note, channel: 'hearings' })).toMatchObject({ status: 200 });
  expect(await logged(service, 'open:answer')).toMatchObject([{ source_user_id: null }]);
});

test('a user publishes where the namespace allows it, under their own name', async () => {
  const headers = await asUser('user1', 'officer');
  expect(await publish(service, { ...note, channel: 'open:user' }, headers)).toMatchObject({ status: 200 });
  expect(await logged(service, 'open:user')).toMatchObject([{ source_user_id: 'user1' }]);
  for (const channel of ['hearings', 'lobby:1']) {
    const before = await logged(service, channel);
    const refused = await publish(service, { ...note, channel }, headers);
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await logged(service, channel)).toEqual(before);
  }
});

test('a personal channel is the user’s own, or whose a service says', async () => {
  await using own = await join(service, 'a:b/ñ', 'own');
  await using other = await join(service, 'user2', 'own');
  const mine = await publish(service, { ...note, channel: 'own' }, await asUser('a:b/ñ'));
  const theirs = await publish(service, { ...note, channel: 'own', userId: 'a:b/ñ' });
  expect([mine.body, theirs.body]).toMatchObject([
    { channel: 'own', offset: 1, delivered: 1 },
    { channel: 'own', offset: 2, delivered: 1 },
  ]);
  expect(await own.next('note')).toMatchObject({ channel: 'own', offset: 1 });
  expect(await own.next('note')).toMatchObject({ channel: 'own', offset: 2 });
  await settle(other);
  expect(other.all('note')).toEqual([]);
});

const refusals: [why: string, body: object, user: string | undefined, status: number, code: string][] = [
  ['a channel nobody has', { channel: 'nowhere' }, undefined, 404, 'unknown_channel'],
  ['a name that is none', { channel: 'Open:1' }, undefined, 404, 'unknown_channel'],
  ['a personal channel of nobody', { channel: 'own' }, undefined, 422, 'validation_failed'],
  [
    'an owner of what is not personal',
    { channel: 'open:1', userId: 'u' },
    undefined,
    422,
    'validation_failed',
  ],
  ['somebody else’s channel', { channel: 'own', userId: 'user1' }, 'user1', 403, 'forbidden'],
  ['an owner named by a user', { channel: 'open:1', userId: 'user1' }, 'user1', 403, 'forbidden'],
  ['no type', { channel: 'open:1', type: undefined }, undefined, 422, 'validation_failed'],
  ['no data', { channel: 'open:1', data: undefined }, undefined, 422, 'validation_failed'],
  ['a NUL in the type', { channel: 'open:1', type: 'a\0' }, undefined, 422, 'validation_failed'],
  ['half a character', { channel: 'own', userId: '\ud800' }, undefined, 422, 'validation_failed'],
  [
    'half a character kept out',
    { channel: 'open:1', exclude: { userId: '\ud800' } },
    undefined,
    422,
    'validation_failed',
  ],
  ['a long user id', { channel: 'own', userId: 'x'.repeat(201) }, undefined, 422, 'validation_failed'],
  ['an exclusion of nobody', { channel: 'open:1', exclude: {} }, undefined, 422, 'validation_failed'],
  [
    'an exclusion of two',
    { channel: 'open:1', exclude: { userId: 'u', sessionId: 's' } },
    undefined,
    422,
    'validation_failed',
  ],
  [
    'what is deep',
    { channel: 'open:1', data: JSON.parse('['.repeat(65) + ']'.repeat(65)) },
    undefined,
    413,
    'payload_too_large',
  ],
  ['what is large', { channel: 'open:1', data: 'x'.repeat(131_072) }, undefined, 413, 'payload_too_large'],
];

test.each(refusals)('%s is refused and not published', async (_why, body, user, status, code) => {
  const headers = user === undefined ? asService : await asUser(user);
  const answer = await publish(service, { ...note, ...body }, headers);
  expect(answer).toMatchObject({ status, body: { success: false, code } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await logged(service, 'open:1')).toEqual([]);
});

test('a stranger is refused before the body is looked at', async () => {
  const answer = await publish(service, { nonsense: true }, {});
  expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
});

test('foreign letters travel whole', async () => {
  await using reader = await join(service, 'user1', 'open:text');
  const type = 'Tälata 𝄞';
  expect(await publish(service, { channel: 'open:text', type, data: 'あ𝄞' })).toMatchObject({ status: 200 });
  expect(await reader.next(type)).toMatchObject({ type, data: 'あ𝄞' });
});

test('a user has as many publications in a minute as requests, those of a batch counted one by one', async () => {
  await using limited = await startPublishing({ LIMIT_REQUESTS_PER_MINUTE: '3' });
  const headers = await asUser('hasty');
  const item = { ...note, channel: 'open:rate' };
  const batch = { publications: Array.from({ length: 5 }, () => item) };
  expect((await limited.post('/api/realtime/publish/batch', batch, headers)).status).toBe(200);
  const refused = await publish(limited, item, headers);
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  // Two are owed and one is asked for: at three a minute, that takes a minute.
  expect(Number(refused.headers.get('retry-after'))).toBeWithin(55, 61);
  expect((await publish(limited, item, await asUser('patient'))).status).toBe(200);
  for (let n = 0; n < 5; n++) expect((await publish(limited, item)).status).toBe(200);
});
