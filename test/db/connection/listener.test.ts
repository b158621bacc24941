import { expect, test } from 'bun:test';
import { listen } from '../../../src/db/connection/listener.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/logger.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, startPostgres } from '../../support/postgres/postgres.ts';
import { until } from '../../support/until.ts';

const quiet = { log: createLogger('silent'), clock: systemClock, driver: 'tcp' } as const;

test('it hears several channels whatever their names, with and without a payload', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const heard: string[][] = [];
  const ending = new AbortController();
  const channels = ['tambuli', 'it\'s "odd"; drop table x; --', 'Upper'];
  const listener = listen({
    ...quiet,
    url: target.url,
    channels,
    signal: ending.signal,
    onNotification: (channel, payload) => void heard.push([channel, payload]),
    onConnected: () => undefined,
  });
  await listener.attempted;
  expect(listener.connected).toBe(true);
  for (const channel of channels) await database.query('select pg_notify($1, $2)', [channel, 'x']);
  await database.query('notify tambuli');
  await until(() => heard.length === 4);
  expect(heard).toEqual([...channels.map((channel) => [channel, 'x']), ['tambuli', '']]);
  ending.abort();
  await listener.ended;
  expect(listener.connected).toBe(false);
  const left = `select 1 from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state is not null`;
  await until(async () => (await database.query(left)).length === 0);
});

test('a server that is stopped, hung and started again is listened to each time it is back', async () => {
  await using server = await startPostgres();
  const ending = new AbortController();
  let connections = 0;
  const listener = listen({
    ...quiet,
    url: server.url,
    channels: ['tambuli'],
    signal: ending.signal,
    onNotification: () => undefined,
    onConnected: () => void connections++,
    pingMs: 200,
    answerMs: 500,
  });
  for (let round = 1; round <= 3; round += 2) {
    await until(() => connections === round);
    await server.stop();
    await until(() => !listener.connected);
    await server.start();
    await until(() => connections === round + 1);
    await server.pause();
    await until(() => !listener.connected);
    await server.resume();
  }
  await until(() => connections === 5);
  ending.abort();
  await listener.ended;
});

test('it ends, hung server or not, and before it ever connected', async () => {
  await using server = await startPostgres();
  for (const when of ['at once', 'connected', 'hung'] as const) {
    const ending = new AbortController();
    const options = { ...quiet, url: server.url, channels: ['tambuli'], answerMs: 500 };
    const ignore = { onNotification: () => undefined, onConnected: () => undefined };
    const listener = listen({ ...options, ...ignore, signal: ending.signal });
    if (when !== 'at once') await listener.attempted;
    if (when === 'hung') await server.pause();
    ending.abort();
    await listener.ended;
    expect(listener.connected).toBe(false);
  }
});
