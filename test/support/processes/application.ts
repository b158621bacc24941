import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Database } from '../../../src/db/connection/open.ts';
import { freePort } from '../network/free-port.ts';
import { openTestDatabase } from '../postgres/database.ts';
import { createEmptyDatabase } from '../postgres/postgres.ts';
import { installPacked } from './packed.ts';
import { type ServerProcess, startServerProcess } from './process.ts';

/** The folder of somebody else's application, with the package in it as npm installs it, and a database. */
export interface Application extends AsyncDisposable {
  readonly folder: string;
  readonly database: Database;
  readonly databaseUrl: string;
  /** The port at which its Tambuli listens, once it is started. */
  readonly port: number;
  /** Writes `.env`, with the address of the database and the port beside these variables. */
  writeEnv(variables: Readonly<Record<string, string>>): Promise<void>;
  /** Carries out the statements of a text, one after the other. */
  sql(text: string): Promise<void>;
  /** Runs `tambuli` to its end. */
  tambuli(...args: string[]): Promise<Ended>;
  /** Starts a program of the folder, which goes on until the application is disposed of. */
  start(...command: string[]): ServerProcess;
  /** Starts `tambuli` with the arguments, in the same way. */
  startTambuli(...args: string[]): ServerProcess;
}

export interface Ended {
  readonly out: string;
  readonly errors: string;
  readonly code: number;
}

interface Options {
  /** A folder whose files it begins with. */
  readonly from?: string;
  /** The packages that it installs beside Tambuli. */
  readonly packages?: readonly string[];
}

export const program = 'node_modules/.bin/tambuli';

export async function createApplication({ from, packages = [] }: Options = {}): Promise<Application> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-application-'));
  opened.defer(() => rm(folder, { recursive: true }));
  if (from !== undefined) await cp(from, folder, { recursive: true });
  await installPacked(folder, packages);
  const port = await freePort();
  const target = opened.use(await createEmptyDatabase());
  const database = opened.use(await openTestDatabase(target.url));
  // Somebody who has no variable of ours set, with the program in reach as npm leaves it.
  const env = {
    PATH: [join(folder, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
    NO_COLOR: '1',
    HOST: '127.0.0.1',
  };
  const owned = opened.move();
  const start = (...command: string[]) => owned.use(startServerProcess(env, { command, cwd: folder }));
  return {
    folder,
    database,
    databaseUrl: target.url,
    port,
    async writeEnv(variables) {
      const all = { ...variables, DATABASE_URL: target.url, PORT: String(port) };
      const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
      await Bun.write(join(folder, '.env'), lines.join(''));
    },
    async sql(text) {
      for (const statement of text.split(/;\n/)) if (statement.trim()) await database.query(statement);
    },
    async tambuli(...args) {
      const child = Bun.spawn([process.execPath, program, ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, errors] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      return { out, errors, code: await child.exited };
    },
    start,
    startTambuli: (...args) => start(program, ...args),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
