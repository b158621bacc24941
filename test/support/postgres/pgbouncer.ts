import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { unprivilegedUser } from '../../../src/db/embedded/unprivileged.ts';
import { freePort } from '../network/free-port.ts';
import { PGBOUNCER } from '../processes/components.ts';

export interface Pooler extends AsyncDisposable {
  /** The address of the same database through the pooler. */
  readonly url: string;
}

/** A real PgBouncer before the database at `url`; nothing in its address says that it is one. */
export async function startPgBouncer(
  url: string,
  mode: 'transaction' | 'session',
  { poolSize = 4 } = {},
): Promise<Pooler> {
  const target = new URL(url);
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-pgbouncer-'));
  await chmod(directory, 0o755);
  const port = await freePort();
  const file = join(directory, 'pgbouncer.ini');
  const server = `host=${target.hostname} port=${target.port} user=${target.username} password=${target.password}`;
  await writeFile(
    file,
    `[databases]\n* = ${server}\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=${port}\nunix_socket_dir=\n` +
      `auth_type=any\npool_mode=${mode}\ndefault_pool_size=${poolSize}\nmax_client_conn=200\nserver_round_robin=1\n`,
  );
  const child = spawn(PGBOUNCER ?? 'pgbouncer', [file], { ...unprivilegedUser(), stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const pooled = new URL(url);
  pooled.port = String(port);
  await accepting(pooled.href, exited);
  return {
    url: pooled.href,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function accepting(url: string, exited: Promise<void>): Promise<void> {
  let isOver = false;
  void exited.then(() => {
    isOver = true;
  });
  for (;;) {
    if (isOver) throw new Error('PgBouncer did not start.');
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch {
      await Bun.sleep(20);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
