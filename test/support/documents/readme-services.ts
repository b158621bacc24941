import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { shippedDomains } from '../../../src/domains.ts';
import type { Domain } from '../../../src/extension/domain.ts';
import { openTestDatabase } from '../postgres/database.ts';
import { createTestDatabase } from '../postgres/postgres.ts';
import {
  jwtMode,
  makeToken,
  serviceKey,
  startTestService,
  type TestServiceOptions,
} from '../services/service.ts';
import { Player, type Transcript } from './transcript.ts';

const root = join(import.meta.dir, '../../..');

/** The README's examples, as files that can be imported and type-checked. */
export interface Examples extends AsyncDisposable {
  readonly directory: string;
  /** The file of the example that begins with a comment that holds this path. */
  fileOf(path: string): string;
}

/** Inside node_modules, so that the packages they import are found; their relative imports lead into `src`. */
export async function writeExamples(readme: string): Promise<Examples> {
  const directory = join(root, `node_modules/.cache/tambuli-readme-${process.pid}-${Date.now()}`);
  await mkdir(directory, { recursive: true });
  const fileOf = (path: string) => join(directory, path.replaceAll('/', '-'));
  for (const [, path = '', code = ''] of readme.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)) {
    const home = dirname(join(root, path));
    const absolute = (_: string, specifier: string) => `from '${resolve(home, specifier)}'`;
    await Bun.write(fileOf(path), code.replace(/from '(\.[^']+)'/g, absolute));
  }
  return {
    directory,
    fileOf,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The services a reader of the README starts, over one database with the demo rows. */
export interface ReadmeServices extends AsyncDisposable {
  readonly databaseUrl: string;
  /** Plays a transcript's steps against the service it means; one client per service. */
  playerOf(transcript: Transcript): Player;
}

export async function startReadmeServices(readme: string): Promise<ReadmeServices> {
  await using opened = new AsyncDisposableStack();
  const domains = shippedDomains.map(({ name }) => name);
  const database = opened.use(await createTestDatabase({ domains }));
  await using connection = await openTestDatabase(database.url);
  for (const domain of shippedDomains) await domain.seed?.(connection.db);
  const examples = opened.use(await writeExamples(readme));
  const { queue } = (await import(examples.fileOf('src/domains/queue/index.ts'))) as { queue: Domain };
  const token = await makeToken();

  const start = async ({ env, ...options }: TestServiceOptions) => {
    const all = { DOMAINS: domains.join(), ...env };
    const { url } = opened.use(await startTestService({ database, env: all, ...options }));
    const socketUrl = url.replace('http', 'ws');
    const values: Record<string, string> = { URL: url, SOCKET_URL: socketUrl };
    Object.assign(values, { TOKEN: token, SERVICE_API_KEY: serviceKey, DATABASE_URL: database.url });
    const expand = (text: string) =>
      text
        .replace(/\$([A-Z_]+)/g, (whole, name: string) => values[name] ?? whole)
        .replaceAll('http://localhost:3000', url)
        .replaceAll('ws://localhost:3000', socketUrl);
    return opened.use(new Player(expand, database.url));
  };
  const players = {
    insecure: await start({}),
    jwt: await start({ env: jwtMode }),
    deployed: await start({ env: jwtMode }),
    example: await start({ extraDomains: [queue] }),
  };

  const owned = opened.move();
  return {
    databaseUrl: database.url,
    playerOf: ({ text }) => players[audience(text)],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function audience(text: string): 'insecure' | 'jwt' | 'deployed' | 'example' {
  if (text.includes('$URL')) return 'deployed';
  if (text.includes('$TOKEN')) return 'jwt';
  return text.includes('/queue/') ? 'example' : 'insecure';
}
