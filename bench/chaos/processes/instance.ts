import { join } from 'node:path';
import type { Env } from '../../../src/config/config.ts';
import { createInbox } from '../../../test/support/clients/inbox.ts';
import type { ServerMessage, Statements } from './server.ts';

/** One process of the service. */
export interface Instance extends AsyncDisposable {
  /** Also the `application_name` of its database connections. */
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
  statements(): Promise<Statements>;
  /** The next line of its log nobody took yet that holds the text. */
  nextLog(text: string, timeoutMs?: number): Promise<string>;
  output(): string;
}

const entry = join(import.meta.dir, 'server.ts');
const startPatienceMs = 30_000;

/** Resolves once it listens. */
export async function startInstance(name: string, databaseUrl: string, env: Env): Promise<Instance> {
  const lines = createInbox<string>(`process ${name}`);
  const messages = createInbox<ServerMessage>(`messages of ${name}`);
  const own = `${databaseUrl}?application_name=${name}`;
  const child = Bun.spawn([process.execPath, '--no-env-file', entry], {
    env: { PATH: process.env['PATH'] ?? '', ...defaults, DATABASE_URL: own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    serialization: 'json',
    ipc: (message) => messages.push(message as ServerMessage),
  });
  const reading = Promise.all([read(child.stdout, lines.push), read(child.stderr, lines.push)]);
  const exited = child.exited.then(() => child.signalCode ?? child.exitCode ?? -1);
  void exited.then((how) => messages.end(`ended with ${how}:\n${lines.all(() => true).join('\n')}`));
  try {
    const listening = await messages.next((message) => 'port' in message, 'port', startPatienceMs);
    return {
      name,
      pid: child.pid,
      port: 'port' in listening ? listening.port : 0,
      exited,
      kill: (signal) => child.kill(signal),
      async statements() {
        child.send('statements');
        const answer = await messages.next((message) => 'statements' in message, 'statements');
        return 'statements' in answer ? answer.statements : { all: 0, reads: 0 };
      },
      nextLog: (text, timeoutMs) => lines.next((line) => line.includes(text), `line with ${text}`, timeoutMs),
      output: () => lines.all(() => true).join('\n'),
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await exited;
        await reading;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

const million = '1000000';
/** The settings of production, but for the rights and the limits of a client. */
const defaults: Env = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  DOMAINS: 'barangay',
  LOG_LEVEL: 'warn',
  AUTH_MODE: 'insecure',
  LIMIT_FRAMES_PER_MINUTE: million,
};

async function read(stream: ReadableStream<Uint8Array>, push: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of stream) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) push(line);
  }
  if (pending) push(pending);
}
