import { afterAll, beforeAll, expect, test } from 'bun:test';
import { OPCODE, openRawWebSocket, type RawWebSocket } from '../../support/clients/raw-websocket.ts';
import { faultsIn } from '../../support/log-lines.ts';
import { engineAddress, openPolling, type PollingSession } from '../../support/services/engine-client.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

// The way of one session from polling to WebSocket, as version 4 of the Engine.IO protocol has it.

const officer = { userId: 'user123', role: 'officer' };

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await until(async () => {
    const { body } = await service.get('/ws/status');
    return (body as { connectedClients: number }).connectedClients === 0;
  });
  expect(faultsIn(service.logged())).toEqual([]);
  await service[Symbol.asyncDispose]();
});

function openSocket({ handshake: { sid } }: PollingSession): Promise<RawWebSocket> {
  return openRawWebSocket(`${engineAddress(service.url, 'websocket')}&sid=${sid}`);
}

async function nextText(socket: RawWebSocket): Promise<string> {
  return (await socket.next(OPCODE.text)).payload.toString();
}

async function probe(socket: RawWebSocket): Promise<void> {
  socket.send(OPCODE.text, '2probe');
  expect(await nextText(socket)).toBe('3probe');
}

/** Checks that the session still hears and replies by polling. */
async function expectPolling(session: PollingSession): Promise<void> {
  await session.post('40/there,');
  let { packets } = await session.poll();
  while (packets[0] === '6') ({ packets } = await session.poll());
  expect(packets).toEqual(['44/there,{"message":"Invalid namespace"}']);
}

test('a probe is answered, the poll that waits ends with a noop, and the session goes on by WebSocket alone', async () => {
  const session = await openPolling(service.url);
  const waiting = session.poll();
  await using socket = await openSocket(session);
  await probe(socket);
  expect(await waiting).toEqual({ status: 200, packets: ['6'] });
  socket.send(OPCODE.text, '5');
  socket.send(OPCODE.text, '40/there,');
  expect(await nextText(socket)).toBe('44/there,{"message":"Invalid namespace"}');

  expect((await session.poll()).status).toBe(400);
  expect(await session.post('40/there,')).toBe(400);
  await using second = await openSocket(session);
  expect(second.status).toBe(400);
  socket.send(OPCODE.text, '40/here,');
  expect(await nextText(socket)).toBe('44/here,{"message":"Invalid namespace"}');
});

test('what is published on the way arrives once and in order, by whichever way', async () => {
  const session = await openPolling(service.url);
  await session.post(`40${JSON.stringify(officer)}`);
  await session.pollFor('40');
  await session.post('42["subscribe","hearings"]');
  await session.pollFor('42["subscribed"');
  const publish = () => service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });

  await publish();
  await using socket = await openSocket(session);
  await publish();
  await probe(socket);
  await publish();
  const byPolling = (await session.poll()).packets;
  await publish();
  socket.send(OPCODE.text, '5');
  await publish();
  const offsets = () =>
    [...byPolling, ...socket.all(OPCODE.text).map(({ payload }) => payload.toString())]
      .filter((packet) => packet.startsWith('42["hearing_update"'))
      .map((packet) => (JSON.parse(packet.slice(2)) as [string, { offset: number }])[1].offset);
  await until(() => offsets().length >= 5);
  expect(offsets()).toEqual([1, 2, 3, 4, 5]);
});

test('a probe that is abandoned, or none, leaves the session polling', async () => {
  const session = await openPolling(service.url);
  await using socket = await openSocket(session);
  socket.send(OPCODE.text, '42["ping"]');
  await socket.closed;
  await expectPolling(session);
  await session.post('1');

  const left = await openPolling(service.url);
  await using leaving = await openSocket(left);
  await probe(leaving);
  leaving.destroy();
  await leaving.closed;
  await expectPolling(left);
  await left.post('1');
});

test('a second WebSocket beside one that is probing is closed, and the first goes on', async () => {
  const session = await openPolling(service.url);
  await using first = await openSocket(session);
  await probe(first);
  await using second = await openSocket(session);
  second.send(OPCODE.close);
  await second.closed;
  first.send(OPCODE.text, '5');
  first.send(OPCODE.text, '40/there,');
  expect(await nextText(first)).toBe('44/there,{"message":"Invalid namespace"}');
});

test('who probes again and again is answered once and closed', async () => {
  const session = await openPolling(service.url);
  await using socket = await openSocket(session);
  for (let n = 0; n < 50; n++) socket.send(OPCODE.text, '2probe');
  await socket.next(OPCODE.close);
  expect(socket.all(OPCODE.text).map(({ payload }) => payload.toString())).toEqual(['3probe']);
  await expectPolling(session);
  await session.post('1');
});

test('a session that ends while it is probed takes its WebSocket with it', async () => {
  const session = await openPolling(service.url);
  await using socket = await openSocket(session);
  await probe(socket);
  await session.post('1');
  socket.send(OPCODE.text, '5');
  await socket.next(OPCODE.close);
});
