import { expect, test } from 'bun:test';
import { startEchoServer } from '../network/echo-server.ts';
import { OPCODE, openRawWebSocket } from './raw-websocket.ts';

test('a raw socket shakes hands with its own headers', async () => {
  await using server = startEchoServer();
  await using raw = await openRawWebSocket(server.url, { 'X-Role': 'officer' });
  expect(raw.status).toBe(101);
  expect(raw.responseHeaders.get('upgrade')).toBe('websocket');
  expect(server.headers().get('x-role')).toBe('officer');
  expect((await raw.next()).payload.toString()).toBe('{"type":"connected"}');
});

test('a raw socket resolves with the status of a refused handshake', async () => {
  await using server = startEchoServer();
  await using raw = await openRawWebSocket(`${server.url}refuse`);
  expect(raw.status).toBe(401);
});

test.each([5, 300, 70_000])('frames of %d bytes go and come whole', async (size) => {
  await using server = startEchoServer();
  await using raw = await openRawWebSocket(server.url);
  await raw.next();
  raw.send(OPCODE.text, 'x'.repeat(size));
  expect((await raw.next(OPCODE.text)).payload.toString()).toBe('x'.repeat(size));
});

test('fragments arrive as one message', async () => {
  await using server = startEchoServer();
  await using raw = await openRawWebSocket(server.url);
  await raw.next();
  raw.send(OPCODE.text, 'half ', { fin: false });
  raw.send(OPCODE.continuation, 'whole');
  expect((await raw.next(OPCODE.text)).payload.toString()).toBe('half whole');
});

test.each([
  ['an unmasked frame', OPCODE.text, { mask: false }],
  ['a reserved bit', OPCODE.text, { reserved: 2 }],
  ['an unknown opcode', 5, {}],
])('the server cuts a peer that sends %s', async (_what, opcode, options) => {
  await using server = startEchoServer();
  await using raw = await openRawWebSocket(server.url);
  raw.send(opcode, 'x', options);
  await raw.closed;
  expect(server.received).toEqual([]);
});

test('a ping is answered only when the test does', async () => {
  await using server = startEchoServer();
  await using raw = await openRawWebSocket(server.url);
  raw.send(OPCODE.text, 'ping');
  await raw.next(OPCODE.ping);
  raw.send(OPCODE.text, 'after');
  await raw.next(OPCODE.text);
  expect((await raw.next(OPCODE.text)).payload.toString()).toBe('after');
  raw.send(OPCODE.pong);
  expect((await raw.next(OPCODE.text)).payload.toString()).toBe('{"type":"ponged"}');
});

test("closed tells the code of the server's close frame", async () => {
  await using server = startEchoServer();
  await using raw = await openRawWebSocket(server.url);
  raw.send(OPCODE.text, 'close 4003');
  const { payload } = await raw.next(OPCODE.close);
  raw.send(OPCODE.close, payload);
  expect(await raw.closed).toEqual({ code: 4003 });
});

test('a paused raw socket fills the buffers of the server', async () => {
  await using server = startEchoServer();
  await using raw = await openRawWebSocket(server.url);
  await raw.next();
  raw.pause();
  raw.send(OPCODE.text, 'flood');
  await server.blocked();
  expect(raw.all()).toHaveLength(1);
  raw.resume();
  expect((await raw.next()).payload.length).toBeGreaterThan(100_000);
});
