import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { parseConfig } from '../../src/config/config.ts';
import { type DomainContext, defineDomain } from '../../src/extension/domain.ts';
import { createLogger } from '../../src/logger.ts';
import { formatPosition } from '../../src/protocol/wire/position.ts';
import type { RealtimeManager } from '../../src/realtime/manager.ts';
import { startService } from '../../src/service.ts';
import { type AppendDone, type AppendWork, channelName, type Reads, row } from '../publications/messages.ts';
import { reportTo } from './control.ts';

/** The service as it ships, on the database of the first argument, with a domain whose channels are open to all. */
const deps = Promise.withResolvers<DomainContext>();
const publicationType = 'bench_update';

const bench = defineDomain({
  name: 'bench',
  channels: () => [
    { pattern: 'bench:{id}', read: () => true, publish: () => true },
    { pattern: 'bench_own', read: () => true, personal: true },
  ],
  routes(given) {
    deps.resolve(given);
    return new Elysia({ name: 'domain-bench' }).use(given.auth).post(
      '/bench/publish',
      async ({ body: { channel, data } }) => {
        const { publication } = await given.manager.publish({
          channel: channelName(channel),
          type: publicationType,
          data,
        });
        return { position: formatPosition(publication) };
      },
      {
        allow: [],
        body: Type.Object({ channel: Type.Integer(), data: Type.Unknown() }),
        response: Type.Object({ position: Type.String() }),
      },
    );
  },
});

const million = '1000000';
const { config, secrets } = parseConfig({
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  DOMAINS: 'barangay',
  AUTH_MODE: 'insecure',
  DATABASE_URL: Bun.argv[2],
  LIMIT_FRAMES_PER_MINUTE: million,
  // A server of a round before was killed, and its connections count until its lease is over.
  LIMIT_SOCKETS_PER_USER: million,
  LIMIT_STREAMS_PER_USER: million,
  LIMIT_SEND_BUFFER_BYTES: String(64 * 1024 * 1024),
  AUTH_TIMEOUT_MS: '3600000',
  HEARTBEAT_MS: '3600000',
});
const logger = createLogger(config.logLevel);
const service = await startService({ config, secrets, logger, domains: [bench] });
const { manager, log } = await deps.promise;

let reads = 0;
const read = log.read.bind(log);
log.read = (...range) => {
  reads++;
  return read(...range);
};

reportTo(
  { port: Number(new URL(service.url).port) },
  {
    publish: (count) => manager.publishAll(drafts(0, count)),
    sessions: () => manager.sessions.size,
    answerOwn: (request) =>
      request.ask === 'append' ? append(manager, request.work) : ({ reads } satisfies Reads),
  },
);

function drafts(channel: number, count: number) {
  return Array.from({ length: count }, () => ({
    channel: channelName(channel),
    type: publicationType,
    data: row,
  }));
}

async function append(to: RealtimeManager, work: AppendWork): Promise<AppendDone> {
  const { channel, publications, callers, batch } = work;
  const batchOf = drafts(channel, batch);
  let left = publications;
  let position = '';
  const startedAt = performance.now();
  const publishOn = async () => {
    while (left > 0) {
      left -= batch;
      const last = (await to.publishAll(batchOf)).at(-1);
      if (last) position = formatPosition(last.publication);
    }
  };
  await Promise.all(Array.from({ length: callers }, publishOn));
  return { seconds: (performance.now() - startedAt) / 1_000, position };
}
