import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OKHTTP_CLASSPATH } from '../processes/components.ts';
import { type Frame, toFrame } from './frame.ts';
import { createInbox } from './inbox.ts';

export interface OkHttpOptions {
  /** ws:// or http://. */
  readonly url: string;
  readonly userId?: string;
  readonly role?: string;
  readonly token?: string;
  /** The token travels in the `Authorization` header and no `auth` frame is sent. */
  readonly header?: boolean;
  /** Default 30 000. */
  readonly pingMs?: number;
  /** Default 5 000. */
  readonly reconnectMs?: number;
}

/** One callback of OkHttp's WebSocketListener. */
export interface OkHttpEvent {
  readonly event: 'open' | 'message' | 'closing' | 'closed' | 'failure';
  /** The text of a message. */
  readonly frame?: Frame;
  readonly code?: number;
  readonly reason?: string;
  /** The exception of a failure, and the HTTP status when the upgrade was refused. */
  readonly message?: string;
  readonly status?: number;
}

export interface OkHttpClient extends AsyncDisposable {
  readonly exited: Promise<number>;
  /** The first event not yet taken, that matches: an event's name, or the type of a message's frame. */
  next(wanted?: string | ((event: OkHttpEvent) => boolean), timeoutMs?: number): Promise<OkHttpEvent>;
  /** All such events so far, taken or not. */
  all(wanted?: string | ((event: OkHttpEvent) => boolean)): OkHttpEvent[];
  /** `close` (1000, then exits), `cancel` (cuts TCP), `send <text>`. */
  send(command: string): void;
  kill(signal?: NodeJS.Signals): void;
}

/** The officers' Android client as a process. It connects by itself: wait for `open`. */
export async function startOkHttpClient(options: OkHttpOptions): Promise<OkHttpClient> {
  const inbox = createInbox<OkHttpEvent>('OkHttp client');
  const classpath = [await compiled(), ...OKHTTP_CLASSPATH].join(':');
  const args = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  const child = Bun.spawn(['java', ...QUICK_START, '-cp', classpath, 'RealtimeClient', ...args], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const reading = readEvents(child.stdout, inbox.push).then(() => inbox.end('the process ended'));

  return {
    exited: child.exited,
    next: (wanted, timeoutMs = JVM_PATIENCE_MS) =>
      inbox.next(matcher(wanted), `event ${wanted ?? ''}`, timeoutMs),
    all: (wanted) => inbox.all(matcher(wanted)),
    send(command) {
      child.stdin.write(`${command}\n`);
      child.stdin.flush();
    },
    kill: (signal = 'SIGKILL') => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
      await reading;
    },
  };
}

const JVM_PATIENCE_MS = 20_000;
const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx64m'];
const SOURCE = join(import.meta.dir, '../../android/RealtimeClient.java');

/** The directory with the classes: named by the source, so that each source is compiled once on a machine. */
async function compiled(): Promise<string> {
  const hash = Bun.hash(await Bun.file(SOURCE).text()).toString(36);
  const classes = join(tmpdir(), `tambuli-okhttp-${hash}`);
  if (existsSync(classes)) return classes;
  const fresh = await mkdtemp(`${classes}-`);
  await Bun.$`javac -d ${fresh} -cp ${OKHTTP_CLASSPATH.join(':')} ${SOURCE}`.quiet();
  await rename(fresh, classes).catch(async (error: unknown) => {
    await rm(fresh, { recursive: true });
    if (!existsSync(classes)) throw error;
  });
  return classes;
}

async function readEvents(
  stdout: ReadableStream<Uint8Array>,
  push: (event: OkHttpEvent) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of stdout) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) push(toEvent(line));
  }
}

function toEvent(line: string): OkHttpEvent {
  const { text, ...event }: OkHttpEvent & { text?: string } = JSON.parse(line);
  return text === undefined ? event : { ...event, frame: toFrame(text) };
}

function matcher(
  wanted: string | ((event: OkHttpEvent) => boolean) | undefined,
): (event: OkHttpEvent) => boolean {
  if (wanted === undefined) return () => true;
  if (typeof wanted === 'function') return wanted;
  return ({ event, frame }) => event === wanted || frame?.type === wanted;
}
