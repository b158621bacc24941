import { expect, test } from 'bun:test';
import { defineDomain } from '../../../src/extension/domain.ts';
import { startTestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

const officer = { userId: 'user123', role: 'officer' };
const hearing = { hearingId: 123, eventType: 'created' };

const rooms = defineDomain({
  name: 'rooms',
  channels: () => [
    { pattern: 'room:{id}', read: () => true, publish: (principal) => principal.role === 'officer' },
    { pattern: 'inbox', read: () => true, publish: () => true, personal: true },
  ],
});

test('a double subscribe delivers once, and one unsubscribe ends it', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, officer, ['hearings', 'hearings']);
  expect(await service.post('/ws/broadcast/hearing', hearing)).toMatchObject({ body: { delivered: 1 } });
  client.send({ type: 'unsubscribe', channel: 'hearings' });
  expect(await client.next('unsubscribed')).toEqual({ type: 'unsubscribed', channel: 'hearings' });
  expect(await service.post('/ws/broadcast/hearing', hearing)).toMatchObject({ body: { delivered: 0 } });
  await settle(client);
  expect(client.all('hearing_update')).toHaveLength(1);
});

test('a socket that goes takes its subscriptions with it', async () => {
  await using service = await startTestService();
  const client = await joinAs(service, officer, ['hearings', 'notifications']);
  expect(await service.get('/ws/status')).toMatchObject({
    body: { connectedClients: 1, activeChannels: ['hearings', 'notifications'] },
  });
  client.terminate();
  await service.nextLog('socket closed');
  expect(await service.get('/ws/status')).toMatchObject({
    body: { connectedClients: 0, activeChannels: [] },
  });
  expect(await service.post('/ws/broadcast/hearing', hearing)).toMatchObject({ body: { delivered: 0 } });
});

test('a client may publish where the namespace allows it, and hears itself', async () => {
  await using service = await startTestService({ extraDomains: [rooms] });
  await using writer = await joinAs(service, officer, ['room:a']);
  await using reader = await joinAs(service, { userId: 'resident7' }, ['room:a']);
  const data = { text: 'ñ "\u2028" 👍', list: [1, null, { deep: true }] };
  writer.send({ type: 'publish', channel: 'room:a', publicationType: 'said', data, id: 7 });
  const { position } = await writer.next('published');
  expect(position).toMatch(/^[a-z0-9]+:1$/);
  for (const client of [writer, reader]) {
    expect(await client.next('said')).toMatchObject({ channel: 'room:a', data, offset: 1 });
  }
  const rows = await service.database.query('select source_user_id from realtime_publications');
  expect(rows).toEqual([{ source_user_id: 'user123' }]);
});

test('a client may not publish elsewhere, and nothing is stored', async () => {
  await using service = await startTestService({ extraDomains: [rooms] });
  await using reader = await joinAs(service, { userId: 'resident7' }, ['room:a']);
  await using writer = await joinAs(service, officer, ['hearings']);
  const publish = { type: 'publish', publicationType: 'hearing_update', data: 1 };
  reader.send({ ...publish, channel: 'room:a' });
  expect(await reader.next('error')).toMatchObject({ code: 'forbidden', channel: 'room:a' });
  for (const channel of ['hearings', 'cases', 'notifications', 'case:456']) {
    writer.send({ ...publish, channel });
    expect(await writer.next('error')).toMatchObject({ code: 'forbidden', channel });
  }
  writer.send({ ...publish, channel: 'room' });
  expect(await writer.next('error')).toMatchObject({ code: 'unknown_channel' });
  expect(await service.database.query('select 1 from realtime_publications')).toEqual([]);
});

test('what a client publishes is limited in size and depth', async () => {
  await using service = await startTestService({
    extraDomains: [rooms],
    env: { LIMIT_PUBLICATION_BYTES: '1024' },
  });
  await using client = await joinAs(service, officer);
  const publish = (data: string) =>
    client.send(`{"type":"publish","channel":"room:a","publicationType":"said","data":${data}}`);
  for (const data of [
    `"${'x'.repeat(1023)}"`,
    '['.repeat(65) + ']'.repeat(65),
    '['.repeat(30_000) + ']'.repeat(30_000),
  ]) {
    publish(data);
    expect(await client.next('error')).toMatchObject({ code: 'payload_too_large' });
  }
  for (const data of [`"${'x'.repeat(1022)}"`, '['.repeat(64) + ']'.repeat(64), '"\\u0000"', '"\\ud800"']) {
    publish(data);
    await client.next('published');
  }
});

test('a personal channel is published to its owner alone', async () => {
  await using service = await startTestService({ extraDomains: [rooms] });
  await using mine = await joinAs(service, { userId: 'a' }, ['inbox']);
  await using other = await joinAs(service, { userId: 'b' }, ['inbox']);
  mine.send({ type: 'publish', channel: 'inbox', publicationType: 'note', data: null });
  expect(await mine.next('note')).toMatchObject({ channel: 'inbox', data: null });
  await settle(other);
  expect(other.all('note')).toEqual([]);
});
