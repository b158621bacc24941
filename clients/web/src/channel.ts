import { formatPosition, type Position, parsePosition } from '../../../src/protocol/wire/position.ts';
import { isTransient, type TambuliError } from './errors.ts';
import type {
  ClientFrame,
  EphemeralFrame,
  IncomingFrame,
  PublicationFrame,
  ServerFrame,
} from './links/link.ts';
import { listeners } from './listeners.ts';
import { Pause } from './machine/pauses.ts';
import { type Room, room } from './presence.ts';
import type {
  Channel,
  ChannelOptions,
  ChannelState,
  Environment,
  Page,
  Presence,
  Publication,
  Snapshot,
  Undo,
  Whisper,
} from './types.ts';

/** What a channel needs of its client. */
export interface ChannelHost {
  readonly environment: Environment;
  /** Asks for a subscription in the next frame that subscribes, if the connection can carry one. */
  ask(channel: OwnChannel): void;
  send(frame: ClientFrame): void;
  request(frame: ClientFrame): Promise<ServerFrame>;
  publish(item: {
    channel: string;
    type: string;
    data: unknown;
    key?: string | undefined;
  }): Promise<{ position: string | undefined }>;
  report(code: string, cause: unknown, channel: string): void;
  refusal(frame: { code: string; message?: string; retryAfterMs?: number }, channel: string): TambuliError;
  fail(error: TambuliError): void;
  stored(channel: string): string | undefined;
  save(channel: string, position: string): void;
}

/** A channel as its client sees it. */
export interface OwnChannel extends Channel {
  readonly isWanted: boolean;
  readonly room: Room;
  configure(options: ChannelOptions): void;
  /** What to put into a subscribe frame with this id. */
  begin(id: string): { readonly channel: string; readonly since?: string };
  take(frame: IncomingFrame): void;
  /** Everything up to the pong of this id has come. */
  caughtUp(id: string): void;
  /** The connection is gone. */
  lost(): void;
  reached(position: string): Promise<void>;
  close(): void;
}

type Any = Publication & PublicationFrame;

/** Publications that may wait for slow handlers before the rest is read from the log again. */
const mostWaiting = 10_000;

export function createChannel(host: ChannelHost, name: string): OwnChannel {
  const { environment } = host;
  const readers = listeners<[Any]>((thrown) => host.report('handler_failed', thrown, name));
  const whispers = listeners<[Whisper]>((thrown) => host.report('handler_failed', thrown, name));
  const watchers = listeners<[Presence]>((thrown) => host.report('handler_failed', thrown, name));
  const onState = listeners<[ChannelState]>((thrown) => host.report('handler_failed', thrown, name));
  const onSnapshot = listeners<[Snapshot]>((thrown) => host.report('handler_failed', thrown, name));
  const present = room();

  let options: ChannelOptions = {};
  let phase: ChannelState['status'] = 'unsubscribed';
  let recovered: boolean | null = null;
  let error: TambuliError | null = null;
  let state: ChannelState | undefined;
  let snapshot: Snapshot | undefined;
  let aborting = new AbortController();

  /** Settled by every handler. */
  let applied: Position | undefined;
  /** Received, and perhaps still waiting for handlers. */
  let heard: Position | undefined;
  /** Id of the subscribe frame that is not answered, or whose past is not complete. */
  let asked: string | undefined;
  let isAnswered = false;
  let tries = 0;
  let leaving: Undo | undefined;
  let retrying: Undo | undefined;

  // The line of what waits for handlers.
  let tasks: (() => unknown)[] = [];
  let isBusy = false;
  let overflowed = false;
  const awaiting = new Set<{ readonly at: Position; readonly resolve: () => void }>();

  const isWanted = () => readers.size + whispers.size + watchers.size > 0;

  function change(next: ChannelState['status'], why: TambuliError | null = null): void {
    if (phase === next && error === why && state !== undefined) return;
    phase = next;
    error = why;
    state = undefined;
    void onState.call(current());
  }

  function current(): ChannelState {
    state ??= { status: phase, position: applied ? formatPosition(applied) : null, recovered, error };
    return state;
  }

  function move(to: Position): void {
    applied = to;
    state = undefined;
    host.save(name, formatPosition(to));
    for (const each of awaiting) {
      // A state of another life of the log holds everything that was promised in the former.
      if (each.at.epoch === to.epoch && each.at.offset > to.offset) continue;
      awaiting.delete(each);
      each.resolve();
    }
  }

  function run(task: () => unknown): void {
    tasks.push(task);
    if (!isBusy) void drain();
  }

  async function drain(): Promise<void> {
    isBusy = true;
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      const pending = task();
      if (pending instanceof Promise) await pending;
    }
    isBusy = false;
    if (!overflowed) return;
    overflowed = false;
    restart(applied);
  }

  /** Reads again from here on: what waits is forgotten, as it comes again. */
  function restart(from: Position | undefined): void {
    tasks = [];
    heard = from;
    askAgain();
  }

  function askAgain(): void {
    if (!isWanted()) return;
    asked = undefined;
    change('subscribing');
    host.ask(self);
  }

  function apply(frame: PublicationFrame, at: Position): unknown {
    if (applied && applied.epoch === at.epoch && applied.offset >= at.offset) return undefined;
    const done = () => move(at);
    // In the place of a publication that is kept from this reader.
    if (frame.type === 'skipped') return done();
    const pending = readers.call({ ...frame, position: formatPosition(at) } as Any);
    return pending ? pending.then(done) : done();
  }

  /** Fetches the present state, as often as it takes. */
  async function fetchState(from: Position): Promise<void> {
    const { signal } = aborting;
    for (let attempt = 0; options.getState && !signal.aborted; attempt++) {
      try {
        const found = await options.getState(signal);
        if (signal.aborted) return;
        const at = found.position === undefined ? undefined : parsePosition(found.position);
        const isComparable = at?.epoch === from.epoch;
        snapshot = found;
        move(isComparable ? at : from);
        void onSnapshot.call(found);
        if (isComparable && at.offset < from.offset) restart(at);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        host.report('snapshot_failed', thrown, name);
        const pause =
          Pause.floor + environment.random() * Math.min(Pause.longest, Pause.first * 2 ** attempt);
        await new Promise<void>((resolve) => environment.after(pause, resolve));
      }
    }
    move(from);
  }

  function subscribed({
    id,
    position,
    recovered: found,
  }: Extract<ServerFrame, { type: 'subscribed' }>): void {
    const at = parsePosition(position);
    if (!at || !isWanted()) return;
    if (id === undefined && found === false) {
      // The log began a new life, and everything after this position follows.
      recovered = false;
    } else if (asked === undefined || id !== asked) {
      // The answer to another tab. Where it lies before what was heard, what follows is dropped as known.
      const isBehind = heard && heard.epoch === at.epoch && at.offset <= heard.offset;
      if (id !== undefined && asked === undefined && heard && !isBehind) askAgain();
      return;
    } else {
      isAnswered = true;
      tries = 0;
      recovered = found ?? null;
      if (found) {
        // What came since then, live, is known.
        if (heard) return;
        heard = at;
        run(() => move(at));
        return;
      }
    }
    heard = at;
    state = undefined;
    if (options.getState) run(() => fetchState(at));
    else run(() => move(at));
  }

  function refused(failure: TambuliError): void {
    asked = undefined;
    if (!failure.retry) {
      change('failed', failure);
      host.fail(failure);
      return;
    }
    change('subscribing', failure);
    const pause =
      failure.retryAfterMs ?? Pause.first * 2 ** Math.min(tries++, 6) * (1 + environment.random());
    retrying?.();
    retrying = environment.after(pause, askAgain);
  }

  function published(frame: PublicationFrame): void {
    if (!heard || !isWanted() || frame.offset <= heard.offset || overflowed) return;
    // Until the answer to a new question, what comes belongs to the old one.
    if (frame.offset > heard.offset + 1) {
      if (asked === undefined || isAnswered) askAgain();
      return;
    }
    const at = { epoch: heard.epoch, offset: frame.offset };
    heard = at;
    if (tasks.length >= mostWaiting) {
      overflowed = true;
      return;
    }
    run(() => apply(frame, at));
  }

  function leave(): void {
    if (isWanted()) return;
    leaving?.();
    leaving = environment.after(Pause.leave, () => {
      if (isWanted()) return;
      host.send({ type: 'unsubscribe', channel: name });
      forget();
    });
  }

  function forget(): void {
    asked = undefined;
    retrying?.();
    aborting.abort();
    tasks = [];
    // Without a memory of its own the next reader begins at the end, or with a new state.
    heard = undefined;
    applied = undefined;
    recovered = null;
    change('unsubscribed');
  }

  /** Counted: the first one subscribes. */
  function join(add: () => Undo): Undo {
    const isFirst = !isWanted();
    const undo = add();
    leaving?.();
    leaving = undefined;
    if (isFirst && phase === 'unsubscribed') {
      aborting = new AbortController();
      askAgain();
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      undo();
      leave();
    };
  }

  const self: OwnChannel = {
    name,
    room: present,
    get isWanted() {
      return isWanted();
    },
    get state() {
      return current();
    },
    get snapshot() {
      return snapshot;
    },
    configure(given) {
      options = { ...options, ...given };
    },
    subscribe(handler, { type } = {}) {
      return join(() =>
        readers.add((publication) =>
          type === undefined || publication.type === type ? handler(publication as never) : undefined,
        ),
      );
    },
    on(event: 'state' | 'snapshot', handler: (value: never) => void) {
      return event === 'state'
        ? onState.add(handler as (state: ChannelState) => void)
        : onSnapshot.add(handler as (snapshot: Snapshot) => void);
    },
    publish: (type, data, { key } = {}) => host.publish({ channel: name, type, data, key }),
    whisper: (type, data) =>
      host.send({ type: 'publish', channel: name, publicationType: type, data, ephemeral: true }),
    whispers: { subscribe: (handler) => join(() => whispers.add(handler)) },
    presence: {
      subscribe(handler) {
        const undo = join(() => watchers.add(handler));
        if (present.now) void handler(present.now);
        return undo;
      },
    },
    async history({ limit, before } = {}) {
      const frame = await host.request({
        type: 'history',
        channel: name,
        ...(limit !== undefined && { limit }),
        ...(before !== undefined && { before }),
      });
      const { publications, position, more } = frame as Extract<ServerFrame, { type: 'history' }>;
      const epoch = parsePosition(position)?.epoch ?? '';
      const page: Page<Publication> = {
        publications: publications.map((each) => ({
          ...(each as Any),
          position: formatPosition({ epoch, offset: each.offset }),
        })),
        position,
        more,
      };
      return page as never;
    },
    async *[Symbol.asyncIterator]() {
      // The next publication comes only when the one before was settled: at most one waits here.
      let waiting: unknown;
      let settle: (() => void) | undefined;
      let wake: (() => void) | undefined;
      const stop = self.subscribe((publication) => {
        waiting = publication;
        wake?.();
        return new Promise<void>((resolve) => {
          settle = resolve;
        });
      });
      try {
        for (;;) {
          if (waiting === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          const publication = waiting;
          waiting = undefined;
          yield publication as never;
          settle?.();
        }
      } finally {
        stop();
        settle?.();
      }
    },

    begin(id) {
      asked = id;
      isAnswered = false;
      retrying?.();
      change('subscribing');
      const since = heard ? formatPosition(heard) : (host.stored(name) ?? options.since);
      return { channel: name, ...(since !== undefined && { since }) };
    },
    take(frame) {
      if ('ephemeral' in frame) void whispers.call(frame as EphemeralFrame);
      else if ('offset' in frame) published(frame as PublicationFrame);
      else if (frame.type === 'subscribed') subscribed(frame as never);
      else if (frame.type === 'presence_state' || frame.type === 'presence_diff') {
        void watchers.call(present.take(frame as never));
      } else if (frame.type === 'unsubscribed') {
        const { code } = frame as { code?: string };
        if (code !== undefined && isWanted()) refused(host.refusal({ code }, name));
      } else if (frame.type === 'error') {
        const { id, code, message, retryAfterMs } = frame as Extract<ServerFrame, { type: 'error' }>;
        if (id !== undefined && id === asked) {
          refused(host.refusal({ code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) }, name));
        } else if (id === undefined && asked === undefined && isWanted() && isTransient(code)) {
          refused(host.refusal({ code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) }, name));
        }
      }
    },
    caughtUp(id) {
      if (id !== asked) return;
      // No answer at all: the question is put again.
      if (!isAnswered) return refused(host.refusal({ code: 'internal' }, name));
      asked = undefined;
      run(() => {
        if (phase === 'subscribing') change('subscribed');
      });
    },
    lost() {
      asked = undefined;
      retrying?.();
      present.clear();
      if (isWanted() && phase !== 'unsubscribed') change('subscribing', error);
      else if (phase !== 'unsubscribed') forget();
    },
    reached(position) {
      const at = parsePosition(position);
      if (!at)
        return Promise.reject(new TypeError(`"${position}" is no position: give one as the server gave it.`));
      if (applied?.epoch === at.epoch && applied.offset >= at.offset) return Promise.resolve();
      return new Promise((resolve) => awaiting.add({ at, resolve }));
    },
    close() {
      leaving?.();
      forget();
    },
  };
  return self;
}
