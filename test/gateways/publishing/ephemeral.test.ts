import { expect, test } from 'bun:test';
import type { Env } from '../../../src/config/config.ts';
import { startRedis } from '../../support/network/redis.ts';
import { needs } from '../../support/processes/components.ts';
import { makeToken } from '../../support/services/service.ts';
import { settle } from '../../support/services/session.ts';
import { until } from '../../support/until.ts';
import {
  asUser,
  join,
  joinWith,
  logged,
  publish,
  startCluster,
  startPublishing,
  streamWith,
} from './support.ts';

const channel = 'lobby:1';
const typing = { channel, type: 'typing', data: { on: true }, ephemeral: true };

async function reachesEverybody(env: Env): Promise<void> {
  await using cluster = await startCluster(env);
  const { first, second } = cluster;
  // An ephemeral publication is lost while a process is not on the bus.
  for (const { get } of [first, second]) await until(async () => (await get('/health/ready')).status === 200);
  const token = await makeToken({ user: 'reader', role: 'user' });
  await using here = await joinWith(first, token, [channel]);
  await using there = await joinWith(second, token, [channel]);
  await using stream = await streamWith(second, token, channel);
  await using typist = await join(second, 'typist', channel);
  const exclude = { userId: 'typist' };
  const answer = await publish(first, { ...typing, exclude }, await asUser('typist'));
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.body).toEqual({ success: true, channel, delivered: 1 });
  const { ephemeral, type, data } = typing;
  const frame = { channel, type, data, ephemeral, userId: 'typist', timestamp: expect.any(String) };
  expect(await here.next('typing')).toEqual(frame);
  expect(await there.next('typing')).toEqual(frame);
  expect(await stream.next()).toEqual({ event: 'message', data: frame });

  await publish(second, typing);
  for (const each of [here, there, typist]) {
    const { userId, ...expected } = frame;
    expect(await each.next('typing')).toEqual(expected);
  }
  expect(typist.all('typing')).toHaveLength(1);
  expect(await logged(first, channel)).toEqual([]);
  await using late = await joinWith(first, token, [channel], here.positions);
  expect(late.positions).toEqual(here.positions);
  await settle(late);
  expect(late.all('typing')).toEqual([]);
}

test('what is ephemeral reaches the readers of all processes by Postgres, and no log', () =>
  reachesEverybody({ BROKER: 'postgres' }));

needs('redis')('what is ephemeral reaches the readers of all processes by Redis, and no log', async () => {
  await using redis = await startRedis();
  await reachesEverybody({ BROKER: 'redis', REDIS_URL: redis.url });
});

test('to a personal channel it is whispered by name', async () => {
  await using service = await startPublishing();
  await using reader = await join(service, 'reader', 'own');
  await using other = await join(service, 'other', 'own');
  const answer = await publish(service, { ...typing, channel: 'own', userId: 'reader' });
  expect(answer.body).toEqual({ success: true, channel: 'own', delivered: 1 });
  expect(await reader.next('typing')).toMatchObject({ channel: 'own' });
  await settle(other);
  expect(other.all('typing')).toEqual([]);
});

test('what is ephemeral keeps to the rules, and has its own', async () => {
  await using service = await startPublishing();
  const user = await asUser('user1');
  expect(await publish(service, { ...typing, channel: 'open:1' }, user)).toMatchObject({
    status: 403,
    body: { code: 'forbidden' },
  });
  // Any other type could pass for a frame of the server itself, from every sender.
  for (const headers of [user, undefined]) {
    const forged = await publish(service, { ...typing, type: 'note' }, headers);
    expect(forged).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  }
  expect(await publish(service, { ...typing, channel: 'nowhere' })).toMatchObject({ status: 404 });
  expect(await publish(service, { ...typing, channel: 'own' })).toMatchObject({ status: 422 });
  expect(await publish(service, { ...typing, eventType: 'began' })).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'eventType' }] },
  });
  expect(await publish(service, { ...typing, data: 'x'.repeat(6_000) })).toMatchObject({
    status: 413,
    body: { code: 'payload_too_large' },
  });
  const durable = await publish(service, { ...typing, channel: 'open:1', ephemeral: false }, user);
  expect(durable.body).toMatchObject({ offset: 1 });
});
