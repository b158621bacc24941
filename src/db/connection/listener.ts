import type { Clock } from '../../lib/clock.ts';
import type { Rest } from '../../lib/idleness.ts';
import type { Logger } from '../../logger.ts';
import { addressOf, connectError } from './connect-error.ts';
import { type Client, chooseDriver, type DriverName, loadDriver } from './driver.ts';
import { databaseError } from './errors.ts';
import { DeafAddress, proveSession } from './session-proof.ts';

export interface ListenOptions {
  /** The direct address: a pooler keeps no session, hence no LISTEN, which is found out and told. */
  readonly url: string;
  readonly driver?: DriverName | 'auto';
  readonly channels: readonly string[];
  readonly onNotification: (channel: string, payload: string) => void;
  /** LISTEN is in force from now on; whatever was notified since it last was is missed. */
  readonly onConnected: () => void;
  readonly log: Logger;
  readonly clock: Clock;
  /** Ends the listening; `ended` says when nothing of it is left. */
  readonly signal: AbortSignal;
  /** Does not listen while this sleeps. */
  readonly rest?: Rest | undefined;
  /** Milliseconds between two signs of life asked of the server; 5,000 when left out. */
  readonly pingMs?: number;
  /** Milliseconds a server may take to answer; 3,000 when left out. */
  readonly answerMs?: number;
}

export interface Listener {
  /** Whether LISTEN is in force, as far as is known. */
  readonly connected: boolean;
  /** Whether notifications do not arrive at this address although it accepts connections. */
  readonly deaf: boolean;
  /** Resolves after the first attempt to connect, however it went. */
  readonly attempted: Promise<void>;
  /** Resolves after `signal` fired and the connection is closed. Never rejects. */
  readonly ended: Promise<void>;
}

/** Listens on one connection of its own that comes back by itself, with backoff, after any loss. */
export function listen(options: ListenOptions): Listener {
  const { signal, log, rest } = options;
  const attempted = Promise.withResolvers<void>();
  const state = { connected: false, down: false, deaf: false };
  const onConnected = () => {
    if (state.down) log.info('listening to the database again');
    Object.assign(state, { connected: true, down: false, deaf: false });
    attempted.resolve();
    options.onConnected();
  };
  const run = async () => {
    for (let failures = 0; !signal.aborted; failures++) {
      await rest?.awake(signal);
      const life = rest ? AbortSignal.any([signal, rest.falling]) : signal;
      try {
        await listenOnce({ ...options, signal: life }, () => {
          failures = 0;
          onConnected();
        });
      } catch (error) {
        // Once per outage, however many attempts it takes.
        if (!state.down && !life.aborted) report(error, options);
        state.down = true;
        state.deaf = error instanceof DeafAddress;
      }
      state.connected = false;
      attempted.resolve();
      if (life.aborted) continue;
      const pauseMs = state.deaf ? deafPauseMs : Math.min(maxPauseMs, 100 * 2 ** failures);
      await pause(options, pauseMs * (0.5 + Math.random() / 2));
    }
  };
  return {
    get connected() {
      return state.connected;
    },
    get deaf() {
      return state.deaf;
    },
    attempted: attempted.promise,
    ended: run(),
  };
}

function report(error: unknown, { url, log }: ListenOptions): void {
  if (error instanceof DeafAddress) {
    log.warn(
      `notifications do not arrive at ${addressOf(url)}: a pooler in between keeps no session; set DATABASE_URL_DIRECT to the address of the server itself. Until then what they would have told is found by the timers, later`,
    );
  } else {
    log.warn(
      { err: databaseError(error, false) },
      'listener is not connected to the database; notifications are missed until it is',
    );
  }
}

const maxPauseMs = 2_000;
/** Somebody may put the pooler into another mode. */
const deafPauseMs = 60_000;
/** A quiet process asks so many times less often. */
const quietPings = 4;
const goodbyeMs = 500;

/** One connection's life: resolves when the signal fires, rejects when the connection is lost. */
async function listenOnce(options: ListenOptions, onConnected: () => void): Promise<void> {
  const { url, driver = 'auto', channels, answerMs = 3_000, signal } = options;
  const loaded = await loadDriver(chooseDriver(url, driver));
  const create = () =>
    loaded.client({
      connectionString: url,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      keepAlive: true,
    });
  const client = create();
  const lost = Promise.withResolvers<never>();
  // Nobody may be waiting yet, or any more.
  lost.promise.catch(() => undefined);
  client.on('error', (error) => lost.reject(error));
  client.on('end', () => lost.reject(new Error('Connection terminated')));
  client.on('notification', ({ channel, payload = '' }) => {
    if (channels.includes(channel)) options.onNotification(channel, payload);
  });
  try {
    await client.connect().catch((error: unknown) => {
      throw connectError(error, url);
    });
    await proveSession(client, create, answerMs, lost.promise);
    await client.query({ text: channels.map((name) => `listen ${quoteName(name)}`).join('; ') });
    if (!signal.aborted) onConnected();
    await Promise.race([lost.promise, watch(client, options)]);
    // A driver waits for a hung server's goodbye, but not while a statement of its own is unanswered.
    await client.query({ text: 'unlisten *' });
  } finally {
    await endWithin(client, goodbyeMs);
  }
}

/** A hung server keeps its connections open and says nothing: only a question that stays unanswered shows it. */
async function watch(client: Client, options: ListenOptions): Promise<void> {
  while (!options.signal.aborted) {
    const { pingMs = 5_000, rest } = options;
    await pause(options, rest?.isQuiet ? pingMs * quietPings : pingMs);
    if (!options.signal.aborted) await client.query({ text: 'select 1' });
  }
}

/** The end of a connection that was lost may never be reported. */
async function endWithin(client: Client, limitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([client.end().catch(() => undefined), limit]);
  clearTimeout(timer);
}

function pause({ clock, signal }: ListenOptions, ms: number): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = () => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const timer = clock.after(ms, stop);
    signal.addEventListener('abort', stop);
  });
}

const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`;
