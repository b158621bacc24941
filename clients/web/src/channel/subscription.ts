import type {
  ChannelRequest,
  PublicationFrame,
  ServerFrames,
} from '../../../../src/protocol/wire/frame-types.ts';
import { type Fault, faults, TambuliError } from '../errors.ts';
import * as Pause from '../pauses.ts';
import type { ChannelOptions, ChannelState, Publication, Snapshot, Undo } from '../types.ts';
import type { ChannelHost } from './channel.ts';
import { createLine } from './line.ts';
import { formatPosition, type Position, parsePosition } from './position.ts';

/** The part of its channel that a subscription needs. */
export interface SubscriptionHost {
  /** Asks in the next frame that subscribes, if the connection can carry one. */
  ask(): void;
  isWanted(): boolean;
  /** Hands a publication to the handlers; resolves when all have settled. */
  take(publication: Publication): Promise<unknown> | undefined;
  changed(): void;
  found(snapshot: Snapshot): void;
}

/** Publications that may wait for slow handlers before the rest is read from the log again. */
const mostWaiting = 10_000;

/** One channel between its log and its handlers: where it is, what it asks for, and what it hands over. */
export function createSubscription(client: ChannelHost, name: string, host: SubscriptionHost) {
  const { environment } = client;
  const line = createLine(() => {
    if (!overflowed) return;
    overflowed = false;
    restart(applied);
  });
  const awaiting = new Set<{ readonly at: Position; readonly resolve: () => void }>();

  let options: ChannelOptions = {};
  let snapshot: Snapshot | undefined;
  let status: ChannelState['status'] = 'unsubscribed';
  let error: TambuliError | null = null;
  let recovered: boolean | null = null;
  let shown: ChannelState | undefined;
  let aborting = new AbortController();
  /** Settled by every handler. */
  let applied: Position | undefined;
  /** Received, and perhaps still waiting for handlers. */
  let heard: Position | undefined;
  /** Id of the subscribe frame that is not answered, or whose past is not complete. */
  let asked: string | undefined;
  let isAnswered = false;
  let overflowed = false;
  /** `refresh` was called, and the state has not come yet. */
  let isDue = false;
  let tries = 0;
  let retrying: Undo | undefined;
  let leaving: Undo | undefined;

  function change(next: ChannelState['status'], why: TambuliError | null = null): void {
    if (status === next && error === why) return;
    status = next;
    error = why;
    shown = undefined;
    host.changed();
  }

  function move(to: Position): void {
    applied = to;
    shown = undefined;
    client.save(name, formatPosition(to));
    for (const each of awaiting) {
      // A state of another life of the log holds everything that was promised in the former.
      if (each.at.epoch === to.epoch && each.at.offset > to.offset) continue;
      awaiting.delete(each);
      each.resolve();
    }
  }

  /** Reads again from here on: what waits is forgotten, as it comes again. */
  function restart(from: Position | undefined): void {
    line.clear();
    line.push(fetchDue);
    heard = from;
    ask();
  }

  function ask(): void {
    if (!host.isWanted()) return;
    asked = undefined;
    change('subscribing');
    host.ask();
  }

  function apply(frame: PublicationFrame, at: Position): unknown {
    if (applied?.epoch === at.epoch && applied.offset >= at.offset) return undefined;
    // `skipped` stands in the place of a publication that is kept from this reader.
    const pending =
      frame.type === 'skipped'
        ? undefined
        : host.take({ ...frame, position: formatPosition(at) } as Publication);
    return pending ? pending.then(() => move(at)) : move(at);
  }

  /** Fetches the present state, as often as it takes. */
  async function fetchState(from: Position): Promise<void> {
    const { signal } = aborting;
    for (let attempt = 0; options.getState && !signal.aborted; attempt++) {
      try {
        const found = await options.getState(signal);
        if (signal.aborted) return;
        const at = parsePosition(found.position);
        const isComparable = at?.epoch === from.epoch;
        isDue = false;
        move(isComparable ? at : from);
        snapshot = found;
        host.found(found);
        if (isComparable && at.offset < from.offset) restart(at);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        client.report('snapshot_failed', thrown, name);
        const pause =
          Pause.floor + environment.random() * Math.min(Pause.longest, Pause.first * 2 ** attempt);
        await new Promise<void>((resolve) => environment.after(pause, resolve));
      }
    }
  }

  const fetchDue = () => (isDue && applied ? fetchState(applied) : undefined);

  function refused(fault: Fault): void {
    const failure = new TambuliError(fault, name);
    asked = undefined;
    retrying?.();
    if (!failure.retry) {
      change('failed', failure);
      client.fail(failure);
      return;
    }
    change('subscribing', failure);
    const pause = Pause.first * 2 ** Math.min(tries++, 6) * (1 + environment.random());
    retrying = environment.after(failure.retryAfterMs ?? pause, ask);
  }

  function forget(): void {
    asked = heard = applied = undefined;
    recovered = null;
    retrying?.();
    aborting.abort();
    line.clear();
    change('unsubscribed');
  }

  return {
    get snapshot() {
      return snapshot;
    },
    get state(): ChannelState {
      shown ??= { status, position: applied ? formatPosition(applied) : null, recovered, error };
      return shown;
    },
    set(given: ChannelOptions): void {
      options = { ...options, ...given };
    },
    /** Fetches the state again; what comes after it waits. Without a subscription, the next one does. */
    refresh(): void {
      isDue = true;
      line.push(fetchDue);
    },
    /** The first reader came. */
    join(): void {
      leaving?.();
      if (status !== 'unsubscribed') return;
      aborting = new AbortController();
      ask();
    },
    /** The last reader went; another one may come at once. */
    leave(): void {
      leaving?.();
      leaving = environment.after(Pause.leave, () => {
        if (host.isWanted()) return;
        client.send({ type: 'unsubscribe', channel: name });
        forget();
      });
    },
    /** Returns the content of the subscribe frame with this id. */
    begin(id: string): ChannelRequest {
      asked = id;
      isAnswered = false;
      retrying?.();
      change('subscribing');
      const since = heard ? formatPosition(heard) : (client.positions.get(name) ?? options.since);
      // JSON leaves out what is undefined.
      return { channel: name, since } as ChannelRequest;
    },
    subscribed({ id, position, recovered: found }: ServerFrames['subscribed']): void {
      const at = parsePosition(position);
      if (!at || !host.isWanted()) return;
      const isOwn = id !== undefined && id === asked;
      // Unasked and without recovery: the log began a new life, and everything after this position follows.
      if (!isOwn && (id !== undefined || found !== false)) {
        // The answer to another tab. Where it lies before what was heard, what follows is dropped as known.
        const isBehind = heard?.epoch === at.epoch && at.offset <= heard.offset;
        if (id !== undefined && asked === undefined && heard && !isBehind) ask();
        return;
      }
      isAnswered = true;
      tries = 0;
      recovered = found ?? null;
      // Live publications since then are known.
      if (found && heard) return;
      heard = at;
      shown = undefined;
      line.push(() => (options.getState && (isDue || !found) ? fetchState(at) : move(at)));
    },
    published(frame: PublicationFrame): void {
      if (!heard || !host.isWanted() || frame.offset <= heard.offset || overflowed) return;
      if (frame.offset > heard.offset + 1) {
        // Until the answer to a new question, what comes belongs to the old one.
        if (asked === undefined || isAnswered) ask();
        return;
      }
      const at = { epoch: heard.epoch, offset: frame.offset };
      heard = at;
      if (line.length() >= mostWaiting) overflowed = true;
      else line.push(() => apply(frame, at));
    },
    refused(fault: Fault, id?: unknown): void {
      if (host.isWanted() && id === asked) refused(fault);
    },
    /** Everything up to the pong of this id has come. */
    pong(id: unknown): void {
      if (id !== asked) return;
      // No answer at all: the question is put again.
      if (!isAnswered) {
        refused(faults.noAnswer);
        return;
      }
      asked = undefined;
      line.push(() => {
        if (status === 'subscribing') change('subscribed');
      });
    },
    /** The connection is gone. */
    lost(): void {
      asked = undefined;
      retrying?.();
      if (status === 'unsubscribed') return;
      if (host.isWanted()) change('subscribing', error);
      else forget();
    },
    reached(text: string): Promise<void> {
      const at = parsePosition(text);
      if (!at) return Promise.reject(new TypeError(`"${text}" is no position.`));
      if (applied?.epoch === at.epoch && applied.offset >= at.offset) return Promise.resolve();
      return new Promise((resolve) => awaiting.add({ at, resolve }));
    },
    close(): void {
      leaving?.();
      forget();
    },
  };
}
