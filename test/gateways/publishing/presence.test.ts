import { expect, test } from 'bun:test';
import { until } from '../../support/until.ts';
import { asService, asUser, join, startCluster, startPublishing } from './support.ts';

const path = '/api/realtime/presence';

test('who reads a channel is the same by every process, by user and not by socket', async () => {
  await using cluster = await startCluster({ BROKER: 'postgres' });
  const { first, second } = cluster;
  expect((await first.get(`${path}/lobby:1`, asService)).body).toEqual({
    channel: 'lobby:1',
    count: 0,
    users: [],
  });
  await using _phone = await join(first, 'user1', 'lobby:1');
  await using _laptop = await join(second, 'user1', 'lobby:1');
  await using _elsewhere = await join(second, 'user3', 'lobby:2');
  const read = async (service = first) => (await service.get(`${path}/lobby:1`, asService)).body;
  await until(async () => ((await read()) as { count: number }).count === 1);
  await using _other = await join(second, 'user2', 'lobby:1');
  await until(async () => ((await read()) as { count: number }).count === 2);
  const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  for (const service of [first, second]) {
    expect(await read(service)).toEqual({
      channel: 'lobby:1',
      count: 2,
      users: [
        { userId: 'user1', role: 'user', since },
        { userId: 'user2', role: 'user', since },
      ],
    });
  }
});

test('who is there is told to those who may read the channel, where it is known', async () => {
  await using service = await startPublishing();
  const ask = async (channel: string, headers: object) => {
    const { status, body } = await service.get(`${path}/${channel}`, { ...headers });
    return [status, (body as { code?: string }).code];
  };
  const user = await asUser('user1');
  expect(await ask('lobby:1', {})).toEqual([401, 'unauthenticated']);
  expect(await ask('lobby:1', user)).toEqual([200, undefined]);
  expect(await ask('lobby%3A1', user)).toEqual([200, undefined]);
  expect(await ask('open:1', user)).toEqual([404, 'not_found']);
  expect(await ask('nowhere', user)).toEqual([404, 'unknown_channel']);
  expect(await ask('hearings', user)).toEqual([403, 'forbidden']);
});
