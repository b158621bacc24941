import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dieWithParent } from '../processes/die-with-parent.ts';
import { freePort } from './free-port.ts';

/** A Redis of a test's own, to be stopped, killed and hung; the address stays the same from start to start. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  /** SIGTERM: it closes its connections. */
  stop(): Promise<void>;
  /** SIGKILL: it says goodbye to nobody. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing replies. */
  pause(): void;
  resume(): void;
}

export interface RedisTls {
  readonly key: string;
  readonly certificate: string;
}

/** Needs `redis-server`; see `needs('redis')`. */
export async function startRedis(tls?: RedisTls): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-redis-'));
  const port = await freePort();
  const address = tls
    ? ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no']
        .concat('--tls-cert-file', tls.certificate, '--tls-key-file', tls.key)
        .concat('--tls-ca-cert-file', tls.certificate)
    : ['--port', String(port)];
  const options = ['--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no'];
  const launch = async () => {
    const server = Bun.spawn([...dieWithParent(), 'redis-server', ...options, ...address], {
      stdout: 'pipe',
      stderr: 'ignore',
    });
    await announced(server.stdout, 'Ready to accept connections');
    return server;
  };
  let server = await launch();
  const end = async (signal: NodeJS.Signals) => {
    server.kill('SIGCONT');
    server.kill(signal);
    await server.exited;
  };
  return {
    url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    async start() {
      server = await launch();
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => server.kill('SIGSTOP'),
    resume: () => server.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function announced(output: ReadableStream<Uint8Array>, words: string): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of output) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes(words)) return;
  }
  throw new Error(`redis-server did not start: ${text}`);
}
