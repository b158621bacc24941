import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { WsClient } from '../../../support/clients/ws-client.ts';
import { faultsIn } from '../../../support/log-lines.ts';
import { startTestService, type TestService } from '../../../support/services/service.ts';
import { joinAs, settle } from '../../../support/services/session.ts';

const officer = { userId: 'user123', role: 'officer' };

let service: TestService;
let bystander: WsClient;
beforeAll(async () => {
  const env = {
    LIMIT_ERRORS_PER_MINUTE: '10000',
    LIMIT_FRAMES_PER_MINUTE: '100000',
    LIMIT_SOCKETS_PER_USER: '50',
  };
  service = await startTestService({ env });
  bystander = await joinAs(service, { userId: 'captain1', role: 'captain' }, ['hearings']);
});
afterAll(async () => {
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'created' });
  expect(await bystander.next('hearing_update')).toMatchObject({ offset: 1 });
  expect(faultsIn(service.logged())).toEqual([]);
  await bystander.close();
  await service[Symbol.asyncDispose]();
});

/** The code each frame is answered with. */
async function codesOf(frames: readonly (string | object | Uint8Array)[]): Promise<unknown[]> {
  await using client = await joinAs(service, officer);
  for (const frame of frames) client.send(frame);
  await settle(client);
  return client.all('error').map(({ code }) => code);
}

test('what is not one JSON object is an error and leaves the socket open', async () => {
  const frames = [
    '',
    ' ',
    '{',
    '{"type":"ping"',
    '{}{}',
    'ping',
    "{'type':'ping'}",
    '\u0000',
    '{"type":"ping",}',
  ];
  const values = ['null', 'true', '0', '""', '"ping"', '[]', '[{"type":"ping"}]', '{}', '{"type":null}'];
  const types = ['{"type":1}', '{"type":["ping"]}', '{"Type":"ping"}', '{"__proto__":{"type":"ping"}}'];
  const all = [...frames, ...values, ...types];
  expect(await codesOf(all)).toEqual(all.map(() => 'invalid_frame'));
});

test('binary frames are an error, whatever is in them', async () => {
  const frames = [
    new Uint8Array(0),
    new Uint8Array([0xff, 0xfe]),
    new TextEncoder().encode('{"type":"ping"}'),
  ];
  expect(await codesOf(frames)).toEqual(frames.map(() => 'invalid_frame'));
});

test('unknown types are an error, also those that every object has', async () => {
  const types = [
    '',
    'PING',
    'ping ',
    'connected',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'ñ'.repeat(9_999),
  ];
  expect(await codesOf(types.map((type) => ({ type })))).toEqual(types.map(() => 'unknown_type'));
});

test('frames that lack what their type needs are an error', async () => {
  const frames = [
    { type: 'subscribe' },
    { type: 'subscribe', channel: null },
    { type: 'subscribe', channel: '' },
    { type: 'subscribe', channel: ['hearings'] },
    { type: 'subscribe', channel: 'c'.repeat(10_000) },
    { type: 'subscribe', channel: 'hearings', since: 5 },
    { type: 'sync_request', channel: 'hearings', limit: 0 },
    { type: 'sync_request', channel: 'hearings', limit: 501 },
    { type: 'sync_request', channel: 'hearings', limit: '5' },
    { type: 'publish', channel: 'hearings', data: 1 },
    { type: 'auth', userId: 'user123', role: ['officer'] },
    { type: 'auth', userId: '' },
    { type: 'auth', userId: 'a\0' },
    { type: 'auth', userId: '\ud800' },
    { type: 'auth', userId: 'user123', tenants: Array(101).fill('t') },
    { type: 'auth' },
  ];
  expect(await codesOf(frames)).toEqual(frames.map(() => 'invalid_frame'));
});

test('fields that nobody knows are ignored, and of a key given twice the last counts', async () => {
  await using client = await joinAs(service, officer);
  client.send(
    '{"type":"subscribe","channel":"cases","channel":"persons","since2":1,"x":{"y":[]},"id":"twice"}',
  );
  expect(await client.next('subscribed')).toMatchObject({ channel: 'persons', id: 'twice' });
});

test('ids are echoed as they came, in replies and in errors', async () => {
  await using client = await joinAs(service, officer);
  for (const id of [0, -1, 1.5, 1e300, 'a', '', '"', '\u2028', 'x'.repeat(64)]) {
    client.send({ type: 'ping', id });
    expect((await client.next('pong'))['id']).toBe(id);
    client.send({ type: 'nonsense', id });
    expect((await client.next('error'))['id']).toBe(id);
  }
  client.send({ type: 'ping' });
  expect('id' in (await client.next('pong'))).toBe(false);
});

test('a number that no double reaches is an error of its own, in data and elsewhere', async () => {
  const frames = [
    '1e999',
    '{"type":"sync_request","channel":"hearings","limit":1e999}',
    '{"type":"publish","channel":"hearings","publicationType":"note","data":{"a":[-1e400]}}',
  ];
  expect(await codesOf(frames)).toEqual(frames.map(() => 'number_out_of_range'));
});

test('ids that cannot be echoed are an error without one', async () => {
  await using client = await joinAs(service, officer);
  for (const id of ['null', '{}', '[1]', 'true', '9007199254740993', `"${'x'.repeat(65)}"`]) {
    client.send(`{"type":"ping","id":${id}}`);
    const error = await client.next('error');
    expect(error).toMatchObject({ code: 'invalid_frame' });
    expect('id' in error).toBe(false);
  }
});

test('unsubscribing from what was never subscribed, or does not exist, is answered and harmless', async () => {
  await using client = await joinAs(service, officer);
  for (const channel of ['hearings', 'no such', '__proto__']) {
    client.send({ type: 'unsubscribe', channel, id: channel });
    expect(await client.next('unsubscribed')).toEqual({ type: 'unsubscribed', channel, id: channel });
  }
  expect(client.all('error')).toEqual([]);
});

test('a frame over the limit closes its socket with 1009 and no other', async () => {
  await using client = await joinAs(service, officer);
  await using ws = await joinAs(service, officer, [], { implementation: 'ws' });
  for (const each of [client, ws]) {
    each.send({ type: 'ping', pad: 'x'.repeat(1_000_000) });
    expect((await each.closed).code).toBe(1009);
  }
  await settle(bystander);
});

test('a hundred thousand brackets are too large, and as many as fit are an error', async () => {
  await using client = await joinAs(service, officer);
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  client.send(nested(30_000));
  expect(await client.next('error')).toMatchObject({ code: 'invalid_frame' });
  client.send(`{"type":"ping","id":"deep","x":${nested(30_000)}}`);
  expect(await client.next('pong')).toMatchObject({ id: 'deep' });
  client.send(nested(100_000));
  expect((await client.closed).code).toBe(1009);
});
