import { expect, test } from 'bun:test';
import { openSse } from '../support/clients/sse-client.ts';
import { connect } from '../support/clients/ws-client.ts';
import { pace } from '../support/pace.ts';
import { startServerProcess } from '../support/processes/process.ts';
import { createSeededDatabase } from '../support/services/gateway-service.ts';

/** The clients, in a process that is not stopped, answer within two of them on a busy machine. */
const heartbeatMs = 500;

test('a server that is stopped for longer than two heartbeats ends none of its sessions', async () => {
  await using database = await createSeededDatabase();
  await using server = startServerProcess({
    DATABASE_URL: database.url,
    DOMAINS: 'barangay',
    HEARTBEAT_MS: String(heartbeatMs),
  });
  const url = await server.listening();
  await using socket = await connect(`${url.replace('http', 'ws')}/ws/realtime?userId=user123&role=officer`);
  socket.send({ type: 'subscribe', channel: 'hearings' });
  await socket.next('subscribed');
  await using stream = await openSse(
    `${url}/api/realtime/stream?channels=hearings&userId=captain1&role=captain`,
  );
  await stream.next('subscribed');
  for (let offset = 1; offset <= 3; offset++) {
    server.kill('SIGSTOP');
    await pace(3 * heartbeatMs);
    server.kill('SIGCONT');
    const body = JSON.stringify({ hearingId: 123, eventType: 'updated' });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/ws/broadcast/hearing`, { method: 'POST', headers, body });
    expect(await socket.next('hearing_update')).toMatchObject({ offset });
    expect(await stream.next()).toMatchObject({ data: { offset } });
  }
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('tambuli_sessions_ended_total{reason="no_pong"} 0\n');
});
