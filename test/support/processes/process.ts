import { join } from 'node:path';
import type { Env } from '../../../src/config/config.ts';
import { createInbox } from '../clients/inbox.ts';

/** `bun src/index.ts` as a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  /** The exit code, once it has ended. */
  readonly exited: Promise<number>;
  /** `http://127.0.0.1:port`, once it listens; rejects when it ends first. */
  listening(): Promise<string>;
  /** The same of all processes of a cluster. */
  urls(): Promise<string[]>;
  /** The next line of standard output or error nobody took yet that holds the text. */
  next(text: string, timeoutMs?: number): Promise<string>;
  /** All of standard output and error so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
}

/** A start is no time of the product: on a machine with much else to do it takes what it takes. */
const startLimitMs = 50_000;

export interface ServerProcessOptions {
  /** A file that Bun runs in the process before the server. */
  readonly preload?: string;
  /** The program that runs instead of the server, with its arguments. */
  readonly command?: readonly string[];
  /** The working directory, whose `.env` then counts too; this one when left out. */
  readonly cwd?: string;
}

/** Starts the server with exactly this environment, on a free port unless one is given. */
export function startServerProcess(
  env: Env,
  { preload, command = [entry], cwd }: ServerProcessOptions = {},
): ServerProcess {
  const inbox = createInbox<string>('server process');
  const child = Bun.spawn(
    [
      process.execPath,
      ...(cwd === undefined ? ['--no-env-file'] : []),
      ...(preload ? ['--preload', preload] : []),
      ...command,
    ],
    {
      ...(cwd !== undefined && { cwd }),
      env:
        cwd === undefined
          ? {
              PATH: process.env['PATH'] ?? '',
              HOST: '127.0.0.1',
              PORT: '0',
              NODE_ENV: 'test',
              LOG_LEVEL: 'trace',
              ...env,
            }
          : { ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    },
  );
  const reading = Promise.all([readLines(child.stdout, inbox.push), readLines(child.stderr, inbox.push)]);
  void reading.then(() => inbox.end('the process ended'));
  const next = (text: string, timeoutMs = startPatienceMs) =>
    inbox.next((line) => line.includes(text), `line with ${text}`, timeoutMs);

  return {
    pid: child.pid,
    exited: Promise.all([child.exited, reading]).then(([code]) => code),
    async listening() {
      const { url }: { url: string } = JSON.parse(await next('"msg":"listening"', startLimitMs));
      return url;
    },
    async urls() {
      const { urls }: { urls: string[] } = JSON.parse(await next('"msg":"cluster listens"', startLimitMs));
      return urls;
    },
    next,
    output: () => inbox.all(() => true).join('\n'),
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
      await reading;
    },
  };
}

const entry = join(import.meta.dir, '../../../src/index.ts');
const startPatienceMs = 20_000;

async function readLines(stream: ReadableStream<Uint8Array>, push: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of stream) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) push(line);
  }
  if (pending !== '') push(pending);
}
