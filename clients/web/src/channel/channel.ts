import type {
  ChannelRequest,
  PublicationFrame,
  ServerFrames,
} from '../../../../src/protocol/wire/frame-types.ts';
import type { ChannelState, Publication, Undo } from '../core-types.ts';
import { type Fault, faults, TambuliError } from '../errors.ts';
import { listeners } from '../listeners.ts';
import * as Pause from '../pauses.ts';
import { createLine } from './line.ts';
import type { ChannelHost, OwnChannel } from './own-channel.ts';
import { formatPosition, holds, type Position, parsePosition } from './position.ts';

/** Publications that may wait for slow handlers before the rest is read from the log again. */
const mostWaiting = 10_000;

/** One channel between its log and its handlers: where it is, what it asks for, and what it hands over. */
export function createChannel(client: ChannelHost, name: string): OwnChannel {
  const { after, random } = client.environment;
  const failed = (thrown: unknown) => client.report('handler_failed', thrown, name);
  const readers = listeners<[Publication]>(failed);
  const onState = listeners<[ChannelState]>(failed);
  const line = createLine(() => {
    if (!overflowed) return;
    overflowed = false;
    restart(applied);
  });

  let joined = 0;
  let status: ChannelState['status'] = 'unsubscribed';
  let error: TambuliError | null = null;
  let recovered: boolean | null = null;
  let shown: ChannelState | undefined;
  /** Settled by every handler. */
  let applied: Position | undefined;
  /** Received, and perhaps still waiting for handlers. */
  let heard: Position | undefined;
  /** Id of the subscribe frame that is not answered, or whose past is not complete. */
  let asked: string | undefined;
  let isAnswered = false;
  let overflowed = false;
  let tries = 0;
  let retrying: Undo | undefined;
  let leaving: Undo | undefined;

  function change(next: ChannelState['status'], why: TambuliError | null = null): void {
    if (status === next && error === why) return;
    status = next;
    error = why;
    tell();
  }

  function tell(): void {
    shown = undefined;
    void onState.call(self.state);
  }

  function move(to: Position): void {
    applied = to;
    shown = undefined;
    self.moved?.(to);
  }

  function restart(from: Position | undefined): void {
    line.clear();
    heard = from;
    ask();
  }

  function ask(): void {
    if (!joined) return;
    asked = undefined;
    change('subscribing');
    client.ask(self);
  }

  /** Repeats the question behind a pause, since the same reply may come again. */
  function askSoon(): void {
    asked = name;
    isAnswered = false;
    retrying = after(Pause.floor, ask);
  }

  function apply(frame: PublicationFrame, at: Position): unknown {
    if (holds(applied, at)) return undefined;
    // `skipped` stands in the place of a publication that is kept from this reader.
    const pending =
      frame.type === 'skipped'
        ? undefined
        : readers.call({ ...frame, position: formatPosition(at) } as Publication);
    return pending ? pending.then(() => move(at)) : move(at);
  }

  function published(frame: PublicationFrame): void {
    if (!heard || frame.offset <= heard.offset || overflowed) return;
    if (frame.offset > heard.offset + 1) {
      // Until the answer to a new question, what comes belongs to the old one.
      if (asked === undefined || isAnswered) askSoon();
      return;
    }
    const at = { ...heard, offset: frame.offset };
    heard = at;
    if (line.length() >= mostWaiting) overflowed = true;
    else line.push(() => apply(frame, at));
  }

  function subscribed({ id, position, recovered: found }: ServerFrames['subscribed']): void {
    const at = parsePosition(position);
    if (!at) return;
    // Unasked and without recovery: the log began a new life, and everything after this position follows.
    if (id === undefined ? found !== false : id !== asked) {
      // The answer to another tab. Where it lies before what was heard, what follows is dropped as known.
      if (id !== undefined && asked === undefined && heard && !holds(heard, at)) askSoon();
      return;
    }
    isAnswered = true;
    tries = 0;
    // It was the position of what the application had at first.
    self.set({ since: undefined });
    recovered = found ?? null;
    tell();
    // Live publications since the question are known.
    const from = (found && heard) || at;
    heard = from;
    line.push(() => self.arrive?.(from, found) ?? (holds(applied, from) || move(from)));
  }

  function refused(fault: Fault): void {
    const failure = new TambuliError(fault, name);
    asked = undefined;
    retrying?.();
    if (failure.retry) {
      change('subscribing', failure);
      const pause = Pause.before(tries++, random());
      retrying = after(Math.max(pause, failure.retryAfterMs ?? 0), ask);
    } else {
      change('failed', failure);
      client.fail(failure);
    }
  }

  function forget(): void {
    asked = heard = applied = undefined;
    recovered = null;
    retrying?.();
    leaving?.();
    line.clear();
    change('unsubscribed');
  }

  const self: OwnChannel = {
    name,
    get state() {
      shown ??= { status, position: applied ? formatPosition(applied) : null, recovered, error };
      return shown;
    },
    on: (_event, handler) => onState.add(handler),
    subscribe: (handler, { type } = {}) =>
      self.join(
        readers.add((publication) =>
          type === undefined || publication.type === type ? handler(publication as never) : undefined,
        ),
      ),
    options: {},
    set(given) {
      self.options = { ...self.options, ...given };
    },
    isWanted: () => joined > 0,
    join(undo) {
      joined++;
      leaving?.();
      if (status === 'unsubscribed') ask();
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        undo();
        // Another reader may come at once.
        if (--joined === 0)
          leaving = after(Pause.leave, () => {
            client.send({ type: 'unsubscribe', channel: name });
            forget();
          });
      };
    },
    failed,
    move,
    restart,
    push: line.push,
    begin(id) {
      asked = id;
      isAnswered = false;
      retrying?.();
      change('subscribing');
      const since = heard ? formatPosition(heard) : (self.options.since ?? self.stored?.());
      // JSON leaves out what is undefined.
      return { channel: name, since } as ChannelRequest;
    },
    take(frame) {
      if (self.accept?.(frame)) return;
      // Nobody takes it. A reader that comes before the channel is left asks for it again.
      if (!joined) change('unsubscribed');
      else if ('offset' in frame) published(frame);
      else if (frame.type === 'subscribed') subscribed(frame as never);
      // An error, or the end of the subscription by the server.
      else if ('code' in frame && frame.id === asked) refused(frame as Fault);
    },
    pong(id) {
      if (id !== asked) return;
      // No answer at all: the question is put again.
      if (!isAnswered) return joined ? refused(faults.noAnswer) : undefined;
      asked = undefined;
      line.push(() => {
        if (status === 'subscribing') change('subscribed');
      });
    },
    lost() {
      asked = undefined;
      retrying?.();
      if (!joined) forget();
      else if (status !== 'unsubscribed') change('subscribing', error);
    },
    close: forget,
  };
  return Object.assign(self, client.extend?.(self));
}
