import { join } from 'node:path';
import { readEnv } from '../../src/config/config.ts';
import { type Summary, summarize } from '../statistics.ts';

export interface StartCosts {
  /** From the start of the process to its listening, in milliseconds. */
  readonly listening: Summary;
  /** Resident memory two seconds later, in MB. */
  readonly idle: Summary;
}

const settleMs = 2_000;

/** Starts the server as a host would, on a Postgres that is already there and migrated. */
export async function measureStart(databaseUrl: string, starts: number): Promise<StartCosts> {
  const listening: number[] = [];
  const idle: number[] = [];
  for (let start = 0; start < starts; start++) {
    const startedAt = performance.now();
    const server = Bun.spawn(['bun', join(import.meta.dir, '../../src/index.ts')], {
      env: { ...readEnv(), ...production, DATABASE_URL: databaseUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await said(server.stdout, '"listening"');
    listening.push(performance.now() - startedAt);
    await Bun.sleep(settleMs);
    idle.push(residentMb(server.pid));
    server.kill('SIGTERM');
    await server.exited;
  }
  return { listening: summarize(listening), idle: summarize(idle) };
}

const production = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  DOMAINS: 'barangay',
  LOG_LEVEL: 'info',
  AUTH_MODE: 'jwt',
  JWT_SECRET: 'a secret for the bench and nothing else',
  SERVICE_API_KEY: 'a-key-for-the-bench-and-nothing-else',
};

async function said(output: ReadableStream<Uint8Array>, text: string): Promise<void> {
  let heard = '';
  for await (const piece of output) {
    heard += Buffer.from(piece).toString();
    if (heard.includes(text)) return;
  }
  throw new Error(`The server ended without listening:\n${heard}`);
}

function residentMb(pid: number): number {
  const kilobytes = Number(Bun.spawnSync(['ps', '-o', 'rss=', '-p', String(pid)]).stdout.toString());
  return kilobytes / 1024;
}
