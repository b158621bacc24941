import pg from 'pg';
import { parseConfig, readEnv } from '../../../src/config/config.ts';
import { shippedDomains } from '../../../src/domains.ts';
import { createLogger } from '../../../src/logger.ts';
import { type Service, startService } from '../../../src/service.ts';
import { openDomain } from '../../../test/support/services/open-domain.ts';

/** The statements that the process has sent to the database so far. */
export interface Statements {
  readonly all: number;
  /** Reads of the log and of its heads. */
  readonly reads: number;
}

export type ServerMessage = { readonly port: number } | { readonly statements: Statements };

/** The service as it ships, in a process of its own, with channels open to all: what `src/index.ts` runs otherwise. */
async function main(): Promise<void> {
  const statements = countStatements();
  const known = shippedDomains.map(({ name }) => name);
  const { config, secrets } = parseConfig(readEnv(), known);
  const logger = createLogger(config.logLevel);
  let service: Service | undefined;
  process.on('unhandledRejection', (reason) =>
    logger.error({ err: reason }, 'unhandled rejection; the server goes on'),
  );
  process.on('disconnect', () => process.exit(1));
  process.on('message', () => tell({ statements: statements() }));
  process.once('SIGTERM', async () => {
    await service?.[Symbol.asyncDispose]();
    process.exit(0);
  });
  service = await startService({ config, secrets, logger, domains: [openDomain] });
  tell({ port: Number(new URL(service.url).port) });
}

function tell(message: ServerMessage): void {
  process.send?.(message);
}

function countStatements(): () => Statements {
  let all = 0;
  let reads = 0;
  const send = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...parameters: unknown[]) {
    const [first] = parameters;
    const text = typeof first === 'string' ? first : String((first as { text?: unknown }).text);
    all += 1;
    if (/^\s*(select|with opened)[\s\S]*realtime_(publications|channels)/i.test(text)) reads += 1;
    return Reflect.apply(send, this, parameters);
  } as typeof send;
  return () => ({ all, reads });
}

await main();
