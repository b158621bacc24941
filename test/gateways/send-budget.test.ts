import { expect, test } from 'bun:test';
import { requestBytes } from '../support/clients/raw-http.ts';
import { connect } from '../support/clients/ws-client.ts';
import { engineAddress } from '../support/services/engine-client.ts';
import { startGatewayService } from '../support/services/gateway-service.ts';
import { makeToken } from '../support/services/service.ts';
import { until } from '../support/until.ts';

const mebibyte = 1_048_576;
const budget = 4 * mebibyte;
const readersOfEach = 4;
const publicationBytes = 100_000;

test('what waits for all readers keeps to one budget, whatever their transports, and the fullest go first', async () => {
  await using service = await startGatewayService({
    // No reader comes to its own limit: what ends one is the budget.
    ...{ LIMIT_SEND_BUFFER_BYTES: String(budget), LIMIT_SEND_BUFFERS_TOTAL_BYTES: String(budget) },
    ...{ LIMIT_SOCKETS_PER_USER: '50', LIMIT_STREAMS_PER_USER: '50' },
  });
  await service.database.query(`update hearings set notes = repeat('x', ${publicationBytes})`);
  await using stack = new AsyncDisposableStack();
  const token = await makeToken();
  const headers = { authorization: `Bearer ${token}` };
  const { hostname, port } = new URL(service.url);
  for (let n = 0; n < readersOfEach; n++) {
    const socket = stack.use(await connect(service.socketUrl, { implementation: 'ws', headers }));
    socket.send({ type: 'subscribe', channel: 'hearings' });
    await socket.next('subscribed');
    socket.pause();
    const address = engineAddress(service.url.replace('http', 'ws'), 'websocket');
    const engine = stack.use(await connect(address, { implementation: 'ws', headers }));
    engine.send('40');
    const has = (start: string) => engine.all().some(({ text }) => String(text).startsWith(start));
    await until(() => has('40'));
    engine.send('42["subscribe","hearings"]');
    await until(() => has('42["subscribed"'));
    engine.pause();
    const stream = await Bun.connect({ hostname, port: Number(port), socket: { data: () => undefined } });
    stack.defer(() => stream.terminate());
    stream.pause();
    const path = '/api/realtime/stream?channels=hearings';
    stream.write(requestBytes('GET', path, [`Authorization: Bearer ${token}`]));
  }
  await until(async () => (await service.connected()) === 3 * readersOfEach);
  await using healthy = await connect(service.socketUrl, {
    headers: { authorization: `Bearer ${await makeToken({ user: 'captain1' })}` },
  });
  healthy.send({ type: 'subscribe', channel: 'hearings' });
  await healthy.next('subscribed');

  const slow = () => service.count('sessions_ended_total', { reason: 'slow' });
  let most = 0;
  let published = 0;
  while ((await slow()) === 0 && published < 400) {
    await service.publishHearing();
    published += 1;
    const sizes = ['websocket', 'socket.io', 'sse'].map((transport) =>
      service.count('send_buffer_bytes', { transport }),
    );
    most = Math.max(
      most,
      (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0),
    );
  }
  expect(published).toBeLessThan(400);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(budget + 3 * readersOfEach * publicationBytes);
  expect(await slow()).toBeLessThan(3 * readersOfEach);
  expect(service.logged()).toContain('over their budget');
  for (let offset = 1; offset <= published; offset++) {
    expect(await healthy.next('hearing_update')).toMatchObject({ offset });
  }
}, 60_000);
