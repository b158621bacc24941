import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { startRedis } from '../support/network/redis.ts';
import { startPostgres } from '../support/postgres/postgres.ts';
import { needs } from '../support/processes/components.ts';

/** A process that joins the bus, and leaves it after `meanwhile`; it has to end without being told. */
async function joinAndLeave(kind: string, url: string, meanwhile?: () => Promise<void>): Promise<string> {
  const program = join(import.meta.dir, '../support/processes/broker-process.ts');
  const child = Bun.spawn([process.execPath, program, kind, url], { stdin: 'pipe', stderr: 'inherit' });
  const said = await firstLine(child.stdout);
  await meanwhile?.();
  await child.stdin.end();
  expect(await child.exited).toBe(0);
  return said;
}

async function firstLine(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = '';
  for await (const bytes of output) {
    text += new TextDecoder().decode(bytes);
    if (text.includes('\n')) break;
  }
  return text.trim();
}

const limitMs = 20_000;

test(
  'nothing of a Postgres broker keeps a process alive, hung server or not, connected or never',
  async () => {
    await using server = await startPostgres();
    expect(await joinAndLeave('postgres', server.url)).toBe('connected');
    expect(await joinAndLeave('postgres', server.url, server.pause)).toBe('connected');
    expect(await joinAndLeave('postgres', server.url)).toContain('listener is not connected');
    expect(await joinAndLeave('postgres', 'postgres://127.0.0.1:1/nothing')).toContain(
      'listener is not connected',
    );
  },
  limitMs,
);

needs('redis')(
  'nothing of a Redis broker keeps a process alive, hung server or not, connected or never',
  async () => {
    await using redis = await startRedis();
    expect(await joinAndLeave('redis', redis.url)).toBe('connected');
    expect(await joinAndLeave('redis', redis.url, async () => redis.pause())).toBe('connected');
    expect(await joinAndLeave('redis', 'redis://127.0.0.1:1')).toContain('not connected');
  },
  limitMs,
);
