import { type Database, type OpenOptions, openDatabase } from '../../../src/db/connection/open.ts';
import { createLogger } from '../../../src/logger.ts';

/** A connection pool with the limits tests want. */
export function openTestDatabase(url: string, options: Partial<OpenOptions> = {}): Promise<Database> {
  const limits = { poolSize: 5, queryTimeoutMs: 10_000, connectTimeoutMs: 5_000 };
  return openDatabase({ url, driver: 'tcp', ...limits, log: createLogger('silent'), ...options });
}
