import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, serverUrl, startServer } from '../../../src/db/embedded/postgres-server.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { createLogger } from '../../../src/logger.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { freePort } from '../../support/network/free-port.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { needs, POSTGRES_BIN } from '../../support/processes/components.ts';
import { startTestService } from '../../support/services/service.ts';

/*
 * The ways in which a database comes back to an earlier state, with the programs that operators use. Each time 10 are
 * published, a copy is taken, 5 more are published, the copy is put back, and 10 new ones are published: a client at
 * offset 15 must not be told that it has everything.
 */

const testRestore = needs('postgres');
const bin = (program: string) => join(POSTGRES_BIN ?? '', program);
const password = 'test';

interface Cluster {
  readonly directory: string;
  readonly url: string;
  urlOf(database: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const opened = new AsyncDisposableStack();
let parent = '';
let clusters = 0;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tambuli-restore-'));
  await chmod(parent, 0o711);
  opened.defer(() => rm(parent, { recursive: true, force: true }));
});

afterAll(() => opened.disposeAsync());

/** A cluster in a directory that exists, or a new one. */
async function openCluster(directory = join(parent, `cluster-${++clusters}`)): Promise<Cluster> {
  const port = await freePort();
  const binaries = { initdb: bin('initdb'), postgres: bin('postgres'), initdbFlags: ['--locale=C'] };
  const settings = ['fsync=off', 'full_page_writes=on', 'wal_level=replica', 'max_wal_senders=4'];
  let server: PostgresServer | undefined;
  const stop = async () => {
    await server?.stop();
    server = undefined;
  };
  const start = async () => {
    server = await startServer({ directory, port, password, binaries, settings });
  };
  opened.defer(stop);
  await start();
  const urlOf = (database: string) => serverUrl({ port, password }, database);
  return { directory, url: urlOf('postgres'), urlOf, start, stop };
}

function run(program: string, ...parameters: string[]): Uint8Array {
  const { exitCode, stdout, stderr } = Bun.spawnSync([bin(program), ...parameters], {
    env: { PGPASSWORD: password, LC_ALL: 'C', PATH: process.env['PATH'] ?? '' },
  });
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}: ${stderr.toString()}`);
  return stdout;
}

/** With owners, modes and times. */
function copyFiles(from: string, to: string): void {
  const { exitCode } = Bun.spawnSync(['cp', '-a', from, to]);
  if (exitCode !== 0) throw new Error(`The files of ${from} could not be copied.`);
}

async function sqlIn(url: string, ...statements: string[]): Promise<void> {
  await using database = await openTestDatabase(url);
  for (const statement of statements) await database.query(statement);
}

const publish = async (url: string, count: number) =>
  sqlIn(
    url,
    ...Array.from(
      { length: count },
      (_, n) =>
        `insert into realtime_outbox (channel, type, data) values ('hearings', 'hearing_update', '{"n": ${n}}')`,
    ),
  );

const env = { NODE_ENV: 'production', AUTH_MODE: 'insecure', BROKER: 'memory', HEAD_CHECK_MS: '100' };

const serve = (url: string) =>
  startTestService({ database: { url, [Symbol.asyncDispose]: () => Promise.resolve() }, env });

/** Publishes through a service, and returns the position after the last one. */
async function publishThrough(url: string, count: number, head: number): Promise<string> {
  await using service = await serve(url);
  await using phone = await connect(`${service.socketUrl}?userId=user123&role=officer`);
  phone.send({ type: 'subscribe', channel: 'hearings' });
  const { position } = await phone.next('subscribed');
  await publish(url, count);
  while ((await phone.next('hearing_update'))['offset'] !== head);
  return `${String(position).split(':')[0]}:${head}`;
}

/** The reply that a client at `since` gets from a process that starts after the restore and 10 new publications. */
async function resume(url: string, since: string): Promise<unknown> {
  await publishThrough(url, 10, 20);
  await using service = await serve(url);
  await using phone = await connect(`${service.socketUrl}?userId=user123&role=officer`);
  phone.send({ type: 'subscribe', channel: 'hearings', since });
  return (await phone.next('subscribed'))['recovered'];
}

async function prepare(url: string): Promise<void> {
  await migrate({ url, domains: ['barangay'], log: createLogger('silent') });
  await publishThrough(url, 10, 10);
}

describe('after a dump is restored', () => {
  testRestore(
    'into the same database, a new one or another cluster, nobody at a lost position is told recovered',
    async () => {
      const cluster = await openCluster();
      const other = await openCluster();
      await prepare(cluster.url);
      const file = join(parent, 'dump');
      await writeFile(file, run('pg_dump', '--format=custom', cluster.url));
      const since = await publishThrough(cluster.url, 5, 15);
      await sqlIn(cluster.url, 'create database restored');
      run('pg_restore', '--clean', '--if-exists', `--dbname=${cluster.url}`, file);
      run('pg_restore', `--dbname=${cluster.urlOf('restored')}`, file);
      run('pg_restore', `--dbname=${other.url}`, file);
      for (const url of [cluster.url, cluster.urlOf('restored'), other.url]) {
        expect(await resume(url, since)).toBe(false);
      }
    },
    120_000,
  );

  testRestore(
    'as data alone, over emptied tables, the same holds',
    async () => {
      const cluster = await openCluster();
      await prepare(cluster.url);
      const file = join(parent, 'data');
      await writeFile(
        file,
        run('pg_dump', '--format=custom', '--data-only', '--table=public.realtime_*', cluster.url),
      );
      const since = await publishThrough(cluster.url, 5, 15);
      await sqlIn(
        cluster.url,
        `do $$ declare name text; begin
         for name in select tablename from pg_tables where schemaname = 'public' and tablename like 'realtime\\_%' loop
           execute format('delete from public.%I', name); end loop; end $$`,
      );
      run('pg_restore', '--data-only', `--dbname=${cluster.url}`, file);
      expect(await resume(cluster.url, since)).toBe(false);
    },
    120_000,
  );
});

describe('after a base backup', () => {
  testRestore(
    'is recovered to its end and promoted, on a new timeline, the same holds',
    async () => {
      const cluster = await openCluster();
      await prepare(cluster.url);
      const copy = join(parent, 'copy');
      await sqlIn(cluster.url, 'checkpoint');
      await cluster.stop();
      copyFiles(cluster.directory, copy);
      await cluster.start();
      const since = await publishThrough(cluster.url, 5, 15);
      // A recovery that finds no more log ends at once, on a timeline of its own.
      await writeFile(join(copy, 'recovery.signal'), '');
      await writeFile(
        join(copy, 'postgresql.auto.conf'),
        `restore_command = 'false'
recovery_target_action = 'promote'
`,
      );
      const { uid, gid } = await stat(copy);
      await chown(join(copy, 'recovery.signal'), uid, gid);
      const recovered = await openCluster(copy);
      expect(await resume(recovered.url, since)).toBe(false);
    },
    120_000,
  );
});

describe('after the files are put back', () => {
  testRestore(
    'under a process that saw later ones, it notices that the log is shorter',
    async () => {
      const cluster = await openCluster();
      await prepare(cluster.url);
      const copy = join(parent, 'files');
      await cluster.stop();
      copyFiles(cluster.directory, copy);
      await cluster.start();
      await using service = await serve(cluster.url);
      await using phone = await connect(`${service.socketUrl}?userId=user123&role=officer`);
      phone.send({ type: 'subscribe', channel: 'hearings' });
      await phone.next('subscribed');
      await publish(cluster.url, 5);
      while ((await phone.next('hearing_update'))['offset'] !== 15);
      await cluster.stop();
      await rm(cluster.directory, { recursive: true });
      copyFiles(copy, cluster.directory);
      await cluster.start();
      await publish(cluster.url, 10);
      expect(await phone.next('subscribed')).toMatchObject({ recovered: false });
    },
    120_000,
  );
});
