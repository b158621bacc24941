import { expect, test } from 'bun:test';
import { openNamespace, openPolling } from '../../support/services/engine-client.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

// The server pings, as version 4 of the Engine.IO protocol has it.

const officer = { userId: 'user123', role: 'officer' };
const transports = ['polling', 'websocket'] as const;
/** A client on a busy machine replies in this time; the tests wait for it side by side. */
const heartbeatMs = 1_000;
/** Timers and clocks round. */
const earlyMs = 20;

async function connected({ get }: TestService): Promise<number> {
  const { body } = await get('/ws/status');
  return (body as { connectedClients: number }).connectedClients;
}

test.concurrent.each(transports)(
  'a ping by %s comes after pingInterval, and a pong for it keeps the session',
  async (name) => {
    await using service = await startTestService({ env: { HEARTBEAT_MS: String(heartbeatMs) } });
    await using client = await openNamespace(service.url, name, officer);
    let since = performance.now();
    for (let beat = 0; beat < 4; beat++) {
      await client.next('2');
      const tookMs = performance.now() - since;
      if (beat > 0) expect(tookMs).toBeGreaterThanOrEqual(heartbeatMs - earlyMs);
      since = performance.now();
      await client.send('3');
    }
    await client.send('421["ping"]');
    await client.next('431[');
  },
);

test.concurrent.each(transports)('by %s a missing pong ends the session after pingTimeout', async (name) => {
  await using service = await startTestService({ env: { HEARTBEAT_MS: String(heartbeatMs) } });
  const since = performance.now();
  await using client = await openNamespace(service.url, name, officer);
  await client.closed;
  const tookMs = performance.now() - since;
  expect(tookMs).toBeGreaterThanOrEqual(2 * heartbeatMs - earlyMs);
  expect(client.all('2')).toHaveLength(1);
  await until(async () => (await connected(service)) === 0);
});

test.concurrent('who neither polls nor sends is forgotten', async () => {
  await using service = await startTestService({ env: { HEARTBEAT_MS: String(heartbeatMs) } });
  const session = await openPolling(service.url);
  await until(async () => (await connected(service)) === 0);
  await until(async () => (await session.post('3')) === 400);
});

test.concurrent.each(transports)('by %s pongs that nobody asked for bring no more pings', async (name) => {
  await using service = await startTestService({ env: { HEARTBEAT_MS: String(heartbeatMs) } });
  await using client = await openNamespace(service.url, name, officer);
  await client.send(...Array<string>(100).fill('3'));
  for (let beat = 1; beat <= 3; beat++) {
    await client.next('2');
    expect(client.all('2')).toHaveLength(beat);
    await client.send('3');
  }
});
