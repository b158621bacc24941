import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Socket } from 'bun';
import { requestBytes } from '../support/clients/raw-http.ts';
import { encodeFrame, OPCODE, openRawWebSocket } from '../support/clients/raw-websocket.ts';
import { connect, type WsClient } from '../support/clients/ws-client.ts';
import { faultsIn } from '../support/log-lines.ts';
import { type ServerProcess, startServerProcess } from '../support/processes/process.ts';
import { createSeededDatabase } from '../support/services/gateway-service.ts';
import { until } from '../support/until.ts';

/** Bun ends a connection that has not brought a whole request head after ten seconds to fourteen, however it drips. */
const headPatienceMs = 40_000;
const heartbeatMs = 1_000;

const disposables = new AsyncDisposableStack();
let server: ServerProcess;
let url: string;
let socketUrl: string;
let reader: WsClient;
let filesAtRest: number;

beforeAll(async () => {
  const database = disposables.use(await createSeededDatabase());
  // A process of its own: 5,000 connections are 5,000 files on either side. Bun raises its limit to the hard one.
  server = disposables.use(
    startServerProcess({
      DATABASE_URL: database.url,
      DOMAINS: 'barangay',
      LOG_LEVEL: 'info',
      HEARTBEAT_MS: String(heartbeatMs),
    }),
  );
  url = await server.listening();
  socketUrl = `${url.replace('http', 'ws')}/ws/realtime`;
  reader = disposables.use(await connect(`${socketUrl}?userId=captain1&role=captain`));
  reader.send({ type: 'subscribe', channel: 'hearings' });
  await reader.next('subscribed');
  filesAtRest = await measure('process_open_fds');
});
afterAll(async () => {
  expect(faultsIn(server.output())).toEqual([]);
  await disposables.disposeAsync();
});

let published = 0;

/** Publishes one by one, and expects each at the reader, next in order, before the one after it. */
async function expectServed(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const body = JSON.stringify({ hearingId: 123, eventType: 'updated' });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${url}/ws/broadcast/hearing`, { method: 'POST', headers, body });
    expect(status).toBe(200);
    published += 1;
    expect((await reader.next('hearing_update'))['offset']).toBe(published);
  }
}

async function measure(name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^tambuli_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** A connection that sends this much of something, and then waits. */
function openHalf(start: string): Promise<Socket<unknown>> {
  const { hostname, port } = new URL(url);
  const handlers = {
    open: (socket: Socket<unknown>) => void socket.write(start),
    data: () => undefined,
    error: () => undefined,
  };
  return Bun.connect({ hostname, port: Number(port), socket: handlers });
}

const upgrade = requestBytes('GET', '/ws/realtime', [
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
]).slice(0, -2);
/** Nothing, part of a head, and a handshake that lacks its last line. */
const unfinished = ['', 'GET /health HTTP/1.1\r\nX-Slow: ', `${upgrade}X-Slow: `];

test('a body that drips keeps nobody else waiting', async () => {
  const head = requestBytes('POST', '/ws/broadcast/hearing', [
    'Content-Type: application/json',
    'Content-Length: 1000000',
  ]);
  const slow = await Promise.all(Array.from({ length: 100 }, () => openHalf(head)));
  const dripping = setInterval(() => {
    for (const socket of slow) socket.write(' ');
  }, 10);
  await expectServed(50);
  clearInterval(dripping);
  for (const socket of slow) socket.terminate();
});

test('a frame that drips is no sign of life: its session ends like any silent one', async () => {
  await using raw = await openRawWebSocket(`${socketUrl}?userId=user123&role=officer`);
  const frame = encodeFrame(OPCODE.text, JSON.stringify({ type: 'ping', pad: 'x'.repeat(10_000) }));
  let sent = 0;
  const dripping = setInterval(() => raw.write(frame.subarray(sent, ++sent)), 20);
  await expectServed(50);
  expect((await raw.closed).code).toBe(4004);
  clearInterval(dripping);
  expect(sent).toBeLessThan(frame.length);
});

test('five thousand heads that never end take no order and little memory, and end by themselves though they drip', async () => {
  const count = 5_000;
  const atRest = async () => (await measure('process_open_fds')) < filesAtRest + 20;
  await until(atRest);
  const memory = await measure('process_resident_memory_bytes');
  const open: Socket<unknown>[] = [];
  while (open.length < count) {
    const starts = Array.from({ length: 250 }, (_, index) => unfinished[index % unfinished.length] ?? '');
    open.push(...(await Promise.all(starts.map(openHalf))));
  }
  const dripping = setInterval(() => {
    for (const socket of open.slice(0, 100)) socket.write('x');
  }, 200);
  await until(async () => (await measure('process_open_fds')) > filesAtRest + count - 20);
  await expectServed(100);
  const perConnection = ((await measure('process_resident_memory_bytes')) - memory) / count;
  expect(perConnection).toBeLessThan(8_192);
  await using newcomer = await connect(`${socketUrl}?userId=user123&role=officer`);
  await newcomer.next('authenticated');
  await until(atRest, headPatienceMs);
  clearInterval(dripping);
  await expectServed(10);
}, 120_000);
