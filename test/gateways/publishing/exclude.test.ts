import { expect, test } from 'bun:test';
import type { Frame } from '../../support/clients/frame.ts';
import type { SseClient } from '../../support/clients/sse-client.ts';
import type { WsClient } from '../../support/clients/ws-client.ts';
import { makeToken } from '../../support/services/service.ts';
import { asService, join, joinWith, publish, startCluster, streamWith } from './support.ts';

const channel = 'open:1';
const note = { channel, type: 'note', data: 'for some' };

/** Type and data, by the offset. */
const all = { 1: ['note', 'for some'], 2: ['note', 'for some'] };
const kept = { 1: ['skipped', null], 2: ['note', 'for some'] };

const shown = (frames: readonly Frame[]) =>
  Object.fromEntries(frames.map(({ type, offset, data }) => [offset, [type, data]]));

/** The frames that a socket got, up to the second publication. */
async function received(client: WsClient) {
  while ((await client.next())['offset'] !== 2);
  return shown(client.all().filter((frame) => 'offset' in frame));
}

async function streamed(stream: SseClient) {
  while (((await stream.next()).data as Frame)['offset'] !== 2);
  return shown(stream.all().map(({ data }) => data as Frame));
}

test('who is kept out as a user gets it nowhere: on no device, over no transport, not later', async () => {
  await using cluster = await startCluster({ BROKER: 'postgres' });
  const token = await makeToken({ user: 'author', role: 'user' });
  const sockets = [cluster.first, cluster.first, cluster.second];
  await using opened = new AsyncDisposableStack();
  const devices = [];
  for (const service of sockets) devices.push(opened.use(await joinWith(service, token, [channel])));
  await using stream = await streamWith(cluster.second, token, channel);
  await using reader = await join(cluster.second, 'reader', channel);
  const since = reader.positions[channel] ?? '';
  await publish(cluster.first, { ...note, exclude: { userId: 'author' } });
  await publish(cluster.first, note);

  for (const device of devices) expect(await received(device)).toEqual(kept);
  expect(await streamed(stream)).toEqual(kept);
  expect(await received(reader)).toEqual(all);
  for (const device of devices) {
    device.send({ type: 'sync_request', channel, since });
    const { publications } = await device.next('sync_response');
    expect(shown(publications as Frame[])).toEqual(kept);
  }

  await using resumed = await joinWith(cluster.first, token, [channel], { [channel]: since });
  expect(await received(resumed)).toEqual(kept);
  await using later = await streamWith(cluster.first, token, channel, since);
  expect(await streamed(later)).toEqual(kept);
  const pages = `/api/realtime/channels/${channel}/publications?since=${since}`;
  for (const path of [pages, `${pages}&wait=1`]) {
    const { body } = await cluster.second.get(path, { authorization: `Bearer ${token}` });
    expect(shown((body as { publications: Frame[] }).publications)).toEqual(kept);
  }
});

test('who is kept out as a session misses it there alone, on whichever process it is', async () => {
  await using cluster = await startCluster({ BROKER: 'postgres' });
  const token = await makeToken({ user: 'author', role: 'user' });
  await using phone = await joinWith(cluster.second, token, [channel]);
  await using tablet = await joinWith(cluster.second, token, [channel]);
  await using stream = await streamWith(cluster.first, token, channel);
  await publish(cluster.first, { ...note, exclude: { sessionId: phone.sessionId } });
  await publish(cluster.first, note);
  expect(await received(phone)).toEqual(kept);
  expect(await received(tablet)).toEqual(all);
  expect(await streamed(stream)).toEqual(all);
});

test('a stream is kept out by the id it was told, and a batch keeps out by item', async () => {
  await using cluster = await startCluster({ BROKER: 'postgres' });
  const token = await makeToken({ user: 'author', role: 'user' });
  await using stream = await streamWith(cluster.first, token, channel);
  await using other = await streamWith(cluster.second, token, channel);
  const [subscribed] = stream.all('subscribed');
  const { clientId: sessionId } = Object(subscribed?.data);
  const exclusions = [{ sessionId }, { userId: 'somebody else' }];
  const publications = exclusions.map((exclude) => ({ ...note, exclude }));
  await cluster.first.post('/api/realtime/publish/batch', { publications }, asService);
  expect(await streamed(stream)).toEqual(kept);
  expect(await streamed(other)).toEqual(all);
});
