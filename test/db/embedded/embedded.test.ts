import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedUser, openEmbedded, removeEmbedded } from '../../../src/db/embedded/embedded.ts';
import { runningServer } from '../../../src/db/embedded/postgres-server.ts';
import { createLogger } from '../../../src/logger.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { isAlive, signal } from '../../support/processes/signal.ts';

const log = createLogger('silent');
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tambuli-embedded-'));
  await chmod(directory, 0o711);
});

afterEach(async () => {
  await removeEmbedded(directory);
});

const serverPid = () => runningServer(join(directory, 'postgres'));

async function run(url: string, statement: string): Promise<unknown[]> {
  await using database = await openTestDatabase(url);
  return database.query(statement);
}

/** Another process with the same database; its address tells that it is up. */
async function startUser() {
  const script = join(import.meta.dir, '../../support/postgres/embedded-user.ts');
  const child = Bun.spawn([process.execPath, script, directory], { stdin: 'pipe', stdout: 'pipe' });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return { child, url: new TextDecoder().decode(value).trim() };
}

test('what was stored is there after a stop and a start, at the same address', async () => {
  const first = await openEmbedded({ directory, log });
  await run(first.url, 'create table kept (id integer)');
  await first[Symbol.asyncDispose]();
  expect(await serverPid()).toBeUndefined();
  await using second = await openEmbedded({ directory, log });
  expect(second.url).toBe(first.url);
  expect(await run(second.url, 'select * from kept')).toEqual([]);
});

test('the server outlives its process when that is killed, and the next start takes it over and stops it', async () => {
  const { child, url } = await startUser();
  const pid = await serverPid();
  child.kill('SIGKILL');
  await child.exited;
  const next = await openEmbedded({ directory, log });
  expect([next.url, await serverPid()]).toEqual([url, pid]);
  expect(await run(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await next[Symbol.asyncDispose]();
  expect(await serverPid()).toBeUndefined();
});

test('Ctrl-C in the terminal does not reach the server before its process lets go of it', async () => {
  const { child } = await startUser();
  const pid = (await serverPid()) ?? 0;
  // It leads a process group of its own, and signals of a terminal go to the group of the foreground.
  expect(isAlive(-pid)).toBe(true);
  child.stdin.end();
  await child.exited;
  expect(await serverPid()).toBeUndefined();
});

test('a second process shares the server and leaves it running', async () => {
  const { child, url } = await startUser();
  const second = await openEmbedded({ directory, log });
  expect(second.url).toBe(url);
  expect(await embeddedUser(directory)).toBe(child.pid);
  await second[Symbol.asyncDispose]();
  expect(await run(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  child.stdin.end();
  expect(await child.exited).toBe(0);
  expect(await embeddedUser(directory)).toBeUndefined();
});

test('a server and its process killed together leave a pid file that stops nobody, also when the pid is used again', async () => {
  const { child } = await startUser();
  const pid = (await serverPid()) ?? 0;
  child.kill('SIGKILL');
  signal(pid, 'SIGKILL');
  await child.exited;
  const file = join(directory, 'postgres/postmaster.pid');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(process.pid)));
  await using next = await openEmbedded({ directory, log });
  expect(await run(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a start that was killed while it made the cluster does not stop the next one', async () => {
  await Bun.write(join(directory, 'postgres/half-made'), '');
  await using next = await openEmbedded({ directory, log });
  expect(await run(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a port that another program has taken meanwhile is exchanged for a free one', async () => {
  const first = await openEmbedded({ directory, log });
  await first[Symbol.asyncDispose]();
  const taken = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
  await using second = await openEmbedded({ directory, log });
  taken.close();
  expect(second.url).not.toBe(first.url);
  expect(await run(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('it may be kept where nobody else can go', async () => {
  await chmod(directory, 0o700);
  const first = await openEmbedded({ directory, log });
  await run(first.url, 'create table kept (id integer)');
  await first[Symbol.asyncDispose]();
  await using second = await openEmbedded({ directory, log });
  expect(await run(second.url, 'select * from kept')).toEqual([]);
});

test('only this machine reaches it, and nobody without the password', async () => {
  await using embedded = await openEmbedded({ directory, log });
  const url = new URL(embedded.url);
  expect(url.hostname).toBe('127.0.0.1');
  url.password = 'guess';
  await expect(run(url.href, 'select 1')).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/\(28P01\)$/) },
  });
});
