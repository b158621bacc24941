import { expect, test } from 'bun:test';
import type { WsClient } from '../../support/clients/ws-client.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

const officer = { userId: 'user123', role: 'officer' };

async function publish(service: TestService, count: number): Promise<void> {
  const body = { hearingId: 123, eventType: 'updated' };
  const answers = await Promise.all(
    Array.from({ length: count }, () => service.post('/ws/broadcast/hearing', body)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
}

const offsets = (client: WsClient) => client.all('hearing_update').map(({ offset }) => Number(offset));
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

async function epochOf(service: TestService): Promise<string> {
  const [row] = await service.database.query<{ epoch: string }>(
    "select epoch from realtime_channels where name = 'hearings'",
  );
  return row?.epoch ?? '';
}

test('`since` brings exactly what was missed, then what comes', async () => {
  await using service = await startTestService();
  await publish(service, 7);
  const epoch = await epochOf(service);
  await using client = await joinAs(service, officer);
  client.send({ type: 'subscribe', channel: 'hearings', since: `${epoch}:3`, id: 1 });
  expect(await client.next('subscribed')).toEqual({
    type: 'subscribed',
    channel: 'hearings',
    position: `${epoch}:3`,
    recovered: true,
    id: 1,
  });
  await publish(service, 2);
  await settle(client);
  expect(offsets(client)).toEqual(range(4, 9));
});

test('a position that is the head, or the beginning, is recovered too', async () => {
  await using service = await startTestService();
  await publish(service, 3);
  const epoch = await epochOf(service);
  for (const [since, expected] of [
    [3, []],
    [0, [1, 2, 3]],
  ] as const) {
    await using client = await joinAs(service, officer);
    client.send({ type: 'subscribe', channel: 'hearings', since: `${epoch}:${since}` });
    expect(await client.next('subscribed')).toMatchObject({ recovered: true, position: `${epoch}:${since}` });
    await settle(client);
    expect(offsets(client)).toEqual([...expected]);
  }
});

test('a position of another life or of the future is told, with the position to go on from', async () => {
  await using service = await startTestService();
  await publish(service, 3);
  const epoch = await epochOf(service);
  for (const since of [`${epoch}x:2`, 'another:3', `${epoch}:4`, `${epoch}:9007199254740991`]) {
    await using client = await joinAs(service, officer);
    client.send({ type: 'subscribe', channel: 'hearings', since });
    expect(await client.next('subscribed')).toMatchObject({ recovered: false, position: `${epoch}:3` });
    client.send({ type: 'sync_request', channel: 'hearings', since });
    expect(await client.next('sync_response')).toMatchObject({
      recovered: false,
      position: `${epoch}:3`,
      publications: [],
    });
    expect(offsets(client)).toEqual([]);
  }
});

test('what was pruned is told', async () => {
  await using service = await startTestService();
  await publish(service, 5);
  const epoch = await epochOf(service);
  await service.database.query('delete from realtime_publications where "offset" <= 2');
  await using client = await joinAs(service, officer);
  client.send({ type: 'subscribe', channel: 'hearings', since: `${epoch}:1` });
  expect(await client.next('subscribed')).toMatchObject({ recovered: false, position: `${epoch}:5` });
  client.send({ type: 'subscribe', channel: 'hearings', since: `${epoch}:2` });
  expect(await client.next('subscribed')).toMatchObject({ recovered: true });
  await settle(client);
  expect(offsets(client)).toEqual([3, 4, 5]);
});

test('a text that is no position is an error, and subscribes to nothing', async () => {
  await using service = await startTestService({ env: { LIMIT_ERRORS_PER_MINUTE: '1000' } });
  await publish(service, 1);
  const epoch = await epochOf(service);
  await using client = await joinAs(service, officer);
  const wrong = [
    '',
    '1',
    ':1',
    `${epoch}`,
    `${epoch}:`,
    `${epoch}:-1`,
    `${epoch}:01`,
    `${epoch}:1.5`,
    `${epoch}:1e3`,
  ];
  const odd = [`${epoch}:9007199254740992`, `${epoch}:1 `, `'; drop table users;:1`, `${epoch}:１`, '🙂:1'];
  for (const since of [...wrong, ...odd]) {
    for (const type of ['subscribe', 'sync_request']) {
      client.send({ type, channel: 'hearings', since, id: since });
      expect(await client.next('error')).toMatchObject({ code: 'invalid_frame', id: since });
    }
  }
  expect(await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'x' })).toMatchObject({
    body: { delivered: 0 },
  });
});

test('under concurrent publishing, recovery goes over into live without gap or repetition', async () => {
  await using service = await startTestService({ env: { LIMIT_SOCKETS_PER_USER: '100' } });
  await publish(service, 250);
  const epoch = await epochOf(service);
  await using stack = new AsyncDisposableStack();
  const clients: { client: WsClient; since: number }[] = [];
  const publishing = (async () => {
    for (let round = 0; round < 15; round++) await publish(service, 20);
  })();
  for (const since of [0, 1, 50, 199, 200, 201, 249, 250]) {
    const client = stack.use(await joinAs(service, officer));
    client.send({ type: 'subscribe', channel: 'hearings', since: `${epoch}:${since}` });
    expect(await client.next('subscribed')).toMatchObject({ recovered: true });
    clients.push({ client, since });
  }
  await publishing;
  for (const { client, since } of clients) {
    await settle(client);
    expect(offsets(client)).toEqual(range(since + 1, 550));
  }
});

test('a subscribe with `since` on a living subscription asks for the past again and stays live once', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, officer, ['hearings']);
  await publish(service, 3);
  client.send({ type: 'subscribe', channel: 'hearings', since: `${await epochOf(service)}:1` });
  await client.next('subscribed');
  await publish(service, 1);
  await settle(client);
  expect(offsets(client)).toEqual([1, 2, 3, 2, 3, 4]);
});

test('the same under concurrent publishing: from the answer on, everything once and in order', async () => {
  await using service = await startTestService({ env: { LIMIT_FRAMES_PER_MINUTE: '1000' } });
  await publish(service, 100);
  const since = `${await epochOf(service)}:40`;
  await using client = await joinAs(service, officer, ['hearings']);
  const publishing = (async () => {
    for (let round = 0; round < 10; round++) await publish(service, 20);
  })();
  for (let n = 0; n < 10; n++) {
    client.send({ type: 'subscribe', channel: 'hearings', since });
    await client.next('subscribed');
  }
  await publishing;
  await settle(client);
  const frames = client.all().filter(({ type }) => type === 'subscribed' || type === 'hearing_update');
  const lives = frames.slice(frames.findLastIndex(({ type }) => type === 'subscribed') + 1);
  expect(lives.map(({ offset }) => Number(offset))).toEqual(range(41, 300));
  client.send({ type: 'unsubscribe', channel: 'hearings' });
  await client.next('unsubscribed');
  expect(await service.get('/ws/status')).toMatchObject({ body: { activeChannels: [] } });
});

test('sync_request pages to the end, by count and by bytes', async () => {
  await using service = await startTestService();
  await service.database.query("update hearings set notes = repeat('x', 60000)");
  await publish(service, 10);
  await using client = await joinAs(service, officer);
  for (const limit of [3, 500]) {
    const seen: number[] = [];
    let pages = 0;
    let since: unknown;
    for (;;) {
      client.send({
        type: 'sync_request',
        channel: 'hearings',
        limit,
        ...(since !== undefined && { since }),
      });
      const page = await client.next('sync_response');
      expect(page['recovered']).toBe(true);
      const publications = page['publications'] as { offset: number }[];
      if (publications.length === 0) break;
      expect(publications.length).toBeLessThanOrEqual(4);
      seen.push(...publications.map(({ offset }) => offset));
      since = page['position'];
      pages++;
    }
    expect(seen).toEqual(range(1, 10));
    expect(pages).toBe(limit === 3 ? 4 : 3);
  }
  await settle(client);
  expect(offsets(client)).toEqual([]);
});

test('what sync_request brings is what was sent live', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, officer, ['hearings']);
  await publish(service, 2);
  await settle(client);
  client.send({ type: 'sync_request', channel: 'hearings' });
  expect(await client.next('sync_response')).toMatchObject({ publications: client.all('hearing_update') });
});

test('sync_request obeys the rules of the channel and never shows another user`s notifications', async () => {
  await using service = await startTestService();
  const notification = { title: 'private', message: 'm' };
  await service.post('/ws/broadcast/notification', { userId: 'user123', notification });
  await using client = await joinAs(service, { userId: 'resident7' });
  for (const channel of ['hearings', 'cases', 'persons', 'case:457']) {
    client.send({ type: 'sync_request', channel });
    expect(await client.next('error')).toMatchObject({ code: 'forbidden', channel });
  }
  client.send({ type: 'sync_request', channel: 'notifications' });
  expect(await client.next('sync_response')).toMatchObject({ channel: 'notifications', publications: [] });
  await using owner = await joinAs(service, officer);
  owner.send({ type: 'sync_request', channel: 'notifications' });
  expect(await owner.next('sync_response')).toMatchObject({
    publications: [{ type: 'notification', channel: 'notifications', data: { title: 'private' } }],
  });
});
