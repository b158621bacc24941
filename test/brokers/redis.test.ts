import { describe, expect } from 'bun:test';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { createRedisBroker } from '../../src/brokers/redis.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/logger.ts';
import type { ConnectBroker } from '../../src/realtime/ports/broker.ts';
import { type Bus, brokerContract } from '../contracts/broker/broker.ts';
import { startRedis } from '../support/network/redis.ts';
import { needs } from '../support/processes/components.ts';
import { connectMember, createMember, publication } from '../support/services/bus.ts';
import { until } from '../support/until.ts';

const test = needs('redis');

/** The times in which a server that hangs is found, where a test waits for that. */
const soonMs = 400;

/** By itself, with the time of the product: on a busy machine a sound server is sometimes later than `soonMs`. */
function redisBroker(url: string, lines?: string[], pingMs = 2_000): ConnectBroker {
  const destination = { write: (line: string) => void lines?.push(line) };
  return createRedisBroker({
    url,
    log: lines ? createLogger('info', destination) : createLogger('silent'),
    clock: systemClock,
    createId: () => Bun.randomUUIDv7(),
    pingMs,
  });
}

async function open(pingMs?: number): Promise<Bus> {
  const redis = await startRedis();
  return {
    connect: redisBroker(redis.url, undefined, pingMs),
    outages: {
      'Redis stopped': { begin: redis.stop, end: redis.start },
      'Redis killed': { begin: redis.kill, end: redis.start },
      'Redis hung': { begin: async () => redis.pause(), end: async () => redis.resume() },
    },
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  };
}

/** Takes the place of a Redis that is gone until so many connections were tried, and ends each of them. */
async function afterAttempts(url: string, count: number, onAttempt: () => void): Promise<void> {
  const over = Promise.withResolvers<void>();
  let attempts = 0;
  const server = createServer((socket) => {
    socket.destroy();
    onAttempt();
    attempts += 1;
    if (attempts === count) over.resolve();
  });
  server.listen(Number(new URL(url).port), '127.0.0.1');
  await over.promise;
  await new Promise((resolve) => server.close(resolve));
}

brokerContract({
  name: 'the Redis bus',
  test,
  outages: ['Redis stopped', 'Redis killed', 'Redis hung'],
  open: () => open(),
  openFragile: () => open(soonMs),
});

describe('the Redis bus', () => {
  test('subscribes when the first comes, unsubscribes a while after the last has gone, and not in between', async () => {
    await using redis = await startRedis();
    const probe = new Redis(redis.url);
    const calls = async (command: string) =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await probe.info('commandstats'))?.[1] ?? 0);
    try {
      await using b = await connectMember(redisBroker(redis.url));
      await b.joined('news');
      const before = await calls('subscribe');
      for (let n = 0; n < 20; n++) {
        b.broker.leave('news');
        await b.joined('news');
      }
      expect(await calls('subscribe')).toBe(before);
      expect(await calls('unsubscribe')).toBe(0);
      b.broker.leave('news');
      await until(async () => (await probe.pubsub('NUMSUB', 'tambuli:news'))[1] === 0);
      expect(await calls('unsubscribe')).toBe(1);
    } finally {
      probe.disconnect();
    }
  });

  test('what others say on its channels is ignored', async () => {
    await using redis = await startRedis();
    await using a = await connectMember(redisBroker(redis.url));
    await using b = await connectMember(redisBroker(redis.url));
    await b.joined('news');
    const stranger = new Redis(redis.url);
    const header = '"id":"x","channel":"cases","epoch":"e","offset":1,"type":"t","timestamp":"t"';
    const odd = ['', 'hello', '{', '{}\n{}', 'null\n{}', '[]\n', `{"origin":"z",${header}}\n{}`];
    odd.push('\n', '[\n', '["x"]\nhi', '["x","cases",0]\nhi', '{"origin":"x","channel":"news"}\nhi');
    try {
      for (const text of odd) await stranger.publish('tambuli:news', text);
    } finally {
      stranger.disconnect();
    }
    a.broker.announce([publication('news', 1)]);
    await b.hears(publication('news', 1));
    expect([b.heard, b.signals]).toEqual([['news/1'], []]);
  });

  test('the databases of one server are apart', async () => {
    await using redis = await startRedis();
    await using first = await connectMember(redisBroker(redis.url));
    await using a = await connectMember(redisBroker(`${redis.url}/1`));
    await using b = await connectMember(redisBroker(`${redis.url}/1`));
    await first.joined('news');
    await b.joined('news');
    a.broker.announce([publication('news', 1)]);
    await b.hears(publication('news', 1));
    first.broker.echo(publication('news', 2));
    await first.hears(publication('news', 2));
    expect([first.heard, b.heard]).toEqual([['news/2'], ['news/1']]);
  });

  test('an outage is told once, however long it is and however much is announced', async () => {
    await using redis = await startRedis();
    const lines: string[] = [];
    await using a = await connectMember(redisBroker(redis.url, lines));
    await redis.kill();
    await until(() => lines.length >= 2);
    await afterAttempts(redis.url, 6, () => a.broker.announce([publication('news', 1)]));
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(
      Array(2).fill(
        'Redis is not connected; the connection is tried again, and publications are found by the comparison of heads',
      ),
    );
    await redis.start();
    await until(() => a.broker.connected);
    await until(() => lines.length >= 4);
    expect(lines.slice(2).map((line) => JSON.parse(line).msg)).toEqual(
      Array(2).fill('connected to Redis again'),
    );
  });

  test('a password in the address stays out of the log', async () => {
    await using redis = await startRedis();
    const lines: string[] = [];
    const url = redis.url.replace('//', '//user:hunter2@');
    await using member = createMember(redisBroker(url, lines));
    await until(() => lines.length >= 2);
    expect(member.broker.connected).toBe(false);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('WRONGPASS');
  });

  test('a connection that was accepted and never answered is given up for another one', async () => {
    await using redis = await startRedis();
    const accepted = new Set<Socket>();
    let swallow = true;
    const server = createServer((near) => {
      accepted.add(near.on('error', () => near.destroy()));
      if (swallow) return;
      const far = connectTcp(Number(new URL(redis.url).port), '127.0.0.1');
      near.pipe(far.on('error', () => near.destroy())).pipe(near);
    });
    const { promise: listening, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await listening;
    const { port } = server.address() as AddressInfo;
    try {
      await using late = createMember(redisBroker(`redis://127.0.0.1:${port}`, undefined, soonMs));
      await until(() => accepted.size === 2);
      swallow = false;
      await until(() => late.broker.connected);
    } finally {
      for (const socket of accepted) socket.destroy();
      server.close();
    }
  });

  test('a hung server is not fed without end', async () => {
    await using redis = await startRedis();
    const lines: string[] = [];
    await using a = await connectMember(redisBroker(redis.url, lines));
    redis.pause();
    const data = JSON.stringify('x'.repeat(1_000_000));
    for (let n = 0; n < 200; n++) a.broker.announce([publication('news', n, { data })]);
    expect(a.broker.connected).toBe(false);
    expect(lines.filter((line) => line.includes('could not announce'))).toHaveLength(1);
    redis.resume();
    await until(() => a.broker.connected);
  });
});
