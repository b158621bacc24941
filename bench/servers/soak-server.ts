import { heapStats } from 'bun:jsc';
import { readdir } from 'node:fs/promises';
import { parseConfig } from '../../src/config/config.ts';
import { type DomainContext, defineDomain } from '../../src/extension/domain.ts';
import { createLogger } from '../../src/logger.ts';
import { startService } from '../../src/service.ts';
import { openDomain } from '../../test/support/services/open-domain.ts';
import { answerParent, tellParent } from '../child.ts';
import type { Listening } from '../publications/messages.ts';
import type { Sample, SoakRequest } from '../soak/samples.ts';
import { soakSecret } from '../soak/tokens.ts';

/** The service as it ships, on the database of the first argument, with short deadlines. */
const deps = Promise.withResolvers<DomainContext>();
const soakDomain = defineDomain({
  name: 'soak',
  channels: () => [
    { pattern: 'flood:{id}', read: () => true, retention: { ageMs: 60_000, count: 500 } },
    { pattern: 'closed:{id}', read: () => false },
  ],
  routes(given) {
    deps.resolve(given);
    return given.auth;
  },
});

const { config, secrets } = parseConfig({
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  DOMAINS: 'barangay',
  AUTH_MODE: 'insecure',
  JWT_SECRET: soakSecret,
  DATABASE_URL: Bun.argv[2],
  BROKER: 'postgres',
  RETENTION_COUNT: '100000',
  HEARTBEAT_MS: '3000',
  AUTH_TIMEOUT_MS: '2000',
  STREAM_LIFETIME_MS: '60000',
  LIMIT_REQUESTS_PER_MINUTE: '1000000',
});
let errors: string[] = [];
const logger = createLogger('error', { write: (line) => void errors.push(line) });
process.on('unhandledRejection', (reason) =>
  logger.error({ err: reason }, 'unhandled rejection; the server goes on'),
);
const service = await startService({ config, secrets, logger, domains: [openDomain, soakDomain] });
const { manager } = await deps.promise;

const tickMs = 50;
let lagMs = 0;
let tickedAt = performance.now();
setInterval(() => {
  lagMs = Math.max(lagMs, performance.now() - tickedAt - tickMs);
  tickedAt = performance.now();
}, tickMs);

answerParent<SoakRequest>(async () => {
  const sample = await takeSample();
  // The collection held everything up, and is no part of what is measured next.
  tickedAt = performance.now();
  lagMs = 0;
  errors = [];
  return sample;
});
tellParent({ port: Number(new URL(service.url).port) } satisfies Listening);

async function takeSample(): Promise<Sample> {
  Bun.gc(true);
  const { heapSize, objectTypeCounts } = heapStats();
  return {
    rss: process.memoryUsage.rss(),
    heap: heapSize,
    handles: (await readdir('/proc/self/fd')).length,
    timers: objectTypeCounts['Timeout'] ?? 0,
    sessions: manager.sessions.size,
    subscriptions: manager.channels.subscriptions,
    lagMs,
    errors,
    objects: objectTypeCounts,
  };
}
