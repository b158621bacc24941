import { expect, test } from 'bun:test';
import type { Socket } from 'bun';
import { openSse } from '../../support/clients/sse-client.ts';
import { startGatewayService } from '../../support/services/gateway-service.ts';
import { makeToken } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

const path = '/api/realtime/stream?channels=hearings';

/** A client that asks and never reads. */
async function openUnread(url: string, token: string, query = ''): Promise<Socket<undefined>> {
  const { hostname, port } = new URL(url);
  const socket = await Bun.connect({ hostname, port: Number(port), socket: { data: () => undefined } });
  socket.pause();
  socket.write(`GET ${path}${query} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`);
  return socket;
}

test('whoever does not read is cut at the send buffer, and the others notice nothing', async () => {
  await using service = await startGatewayService({ LIMIT_SEND_BUFFER_BYTES: '262144' });
  await service.database.query("update hearings set notes = repeat('x', 100000)");
  await using reader = await openSse(`${service.url}${path}`, {
    authorization: `Bearer ${await makeToken({ user: 'captain1' })}`,
  });
  const unread = await openUnread(service.url, await makeToken());
  await until(async () => (await service.connected()) === 2);
  let published = 0;
  while ((await service.connected()) === 2 && published < 200) {
    await service.publishHearing();
    published += 1;
  }
  expect(published).toBeLessThan(200);
  await service.nextLog('slow reader disconnected');
  for (let offset = 1; offset <= published; offset++) {
    expect((await reader.next()).data).toMatchObject({ offset });
  }
  unread.terminate();
});

test('what a slow reader missed waits in the log, not in its send buffer', async () => {
  await using service = await startGatewayService({ LIMIT_SEND_BUFFER_BYTES: '262144' });
  await service.database.query("update hearings set notes = repeat('x', 100000)");
  for (let n = 0; n < 120; n++) await service.publishHearing();
  const epoch = await service.epochOf('hearings');
  const unread = await openUnread(service.url, await makeToken(), `&since=${epoch}:0`);
  await until(async () => (await service.connected()) === 1);
  await using reader = await openSse(`${service.url}${path}&since=${epoch}:0`, {
    authorization: `Bearer ${await makeToken({ user: 'captain1' })}`,
  });
  for (let offset = 1; offset <= 120; offset++) {
    expect((await reader.next()).data).toMatchObject({ offset });
  }
  expect(await service.connected()).toBe(2);
  expect(service.logged()).not.toContain('slow reader');
  unread.terminate();
  await until(async () => (await service.connected()) === 1);
});
