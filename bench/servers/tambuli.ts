import { parseConfig } from '../../src/config.ts';
import type { Domain } from '../../src/domains/domain.ts';
import { createLogger } from '../../src/logger.ts';
import { startService } from '../../src/service.ts';
import { reportTo } from './control.ts';

/** The service as it ships, on the database of the first argument, with a domain whose channels are open to all. */
const bench: Domain = {
  name: 'bench',
  channels: () => [{ pattern: 'bench:{id}', read: () => true, publish: () => true }],
};

const million = '1000000';
const { config, secrets } = parseConfig({
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  DOMAINS: 'barangay',
  AUTH_MODE: 'insecure',
  DATABASE_URL: Bun.argv[2],
  LIMIT_FRAMES_PER_MINUTE: million,
  LIMIT_SOCKETS_PER_USER: million,
  LIMIT_SEND_BUFFER_BYTES: String(64 * 1024 * 1024),
  AUTH_TIMEOUT_MS: '3600000',
  HEARTBEAT_MS: '3600000',
});
const logger = createLogger(config.logLevel);
const service = await startService({ config, secrets, logger, extraDomains: [bench] });
reportTo({ port: Number(new URL(service.url).port) });
