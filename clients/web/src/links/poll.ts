import type { PublicationFrame } from '../../../../src/protocol/wire/frame-types.ts';
import { formatPosition, parsePosition } from '../channel/position.ts';
import { asFault, httpOf, publicationsOf } from './http.ts';
import type { ClientFrame, IncomingFrame, Link, OpenLink } from './link.ts';

/** So many channels wait at the server, one request each; more are asked in turn. */
const mostWaiting = 2;
const waitSeconds = 25;
const pageSize = 100;

interface Page {
  readonly publications: readonly PublicationFrame[];
  readonly position: string;
  readonly recovered: boolean;
  readonly more: boolean;
}

interface Polled {
  since: string | undefined;
  /** Of the subscribe frame, until it is answered. */
  id: string | number | undefined;
}

/** Polls of the log: what the other transports push is fetched here, from position to position. */
export const openPoll: OpenLink = (host): Link => {
  const aborting = new AbortController();
  const { signal } = aborting;
  const http = httpOf(host, aborting);
  const channels = new Map<string, Polled>();
  /** Pings that wait for a whole round: their pongs say that everything has come. */
  let pings: (string | number | undefined)[] = [];
  let wake: (() => void) | undefined;
  let round: AbortController | undefined;

  queueMicrotask(() => {
    if (signal.aborted) return;
    host.ready();
    void poll();
  });

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      const answered = pings;
      const fresh = new AbortController();
      round = fresh;
      // A question is answered at once: nothing waits at the server in its round.
      const seconds = answered.length === 0 && channels.size <= mostWaiting ? waitSeconds : 0;
      try {
        await Promise.all(
          [...channels].map(([name, polled]) => pollOne(name, polled, seconds, fresh.signal)),
        );
      } catch (error) {
        if (signal.aborted) return;
        if (!fresh.signal.aborted) {
          aborting.abort();
          host.closed(1006, asFault(error));
          return;
        }
        continue;
      }
      if (signal.aborted) return;
      pings = pings.slice(answered.length);
      for (const id of answered) host.frame({ type: 'pong', id } as IncomingFrame);
      if (seconds === 0 && pings.length === 0) await pause();
    }
  }

  function pause(): Promise<void> {
    const ms = channels.size > 0 && channels.size <= mostWaiting ? 0 : host.pollIntervalMs;
    return new Promise((resolve) => {
      const undo = host.environment.after(ms, resolve);
      wake = () => {
        undo();
        resolve();
      };
    });
  }

  async function pollOne(name: string, polled: Polled, seconds: number, stop: AbortSignal): Promise<void> {
    const path = publicationsOf(name);
    try {
      if (polled.since === undefined) {
        const end: Page = await http.json(path, { before: 'latest', limit: '1' });
        // `position` is of the oldest: of the next one, where there is none.
        const { epoch = '', offset = 1 } = parsePosition(end.position) ?? {};
        const position = formatPosition({ epoch, offset: end.publications.at(-1)?.offset ?? offset - 1 });
        answer(name, polled, position, undefined);
        return;
      }
      for (let more = true; more && !signal.aborted && channels.get(name) === polled; ) {
        const since = polled.since;
        const wait = polled.id === undefined ? seconds : 0;
        const page: Page = await http.json(
          path,
          { since, limit: `${pageSize}`, wait: `${wait}` },
          { signal: stop },
        );
        if (signal.aborted || channels.get(name) !== polled) return;
        if (!page.recovered) {
          answer(name, polled, page.position, false);
          return;
        }
        if (polled.id !== undefined) answer(name, polled, since, true);
        polled.since = page.position;
        for (const publication of page.publications) host.frame(publication);
        host.alive();
        more = page.more;
      }
    } catch (error) {
      const fault = asFault(error);
      if (fault.status !== 403 && fault.status !== 404) throw error;
      channels.delete(name);
      host.frame({ ...fault, type: 'error', channel: name, id: polled.id } as IncomingFrame);
    }
  }

  function answer(channel: string, polled: Polled, position: string, recovered: boolean | undefined): void {
    const { id } = polled;
    polled.since = position;
    polled.id = undefined;
    host.frame({ type: 'subscribed', channel, position, id, recovered } as IncomingFrame);
  }

  /** What is asked now is not to wait behind what waits at the server. */
  function stir(): void {
    round?.abort();
    wake?.();
  }

  return {
    send(frame: ClientFrame) {
      if (frame.type === 'subscribe') {
        for (const { channel, since } of frame.channels) channels.set(channel, { since, id: frame.id });
        stir();
      } else if (frame.type === 'unsubscribe') channels.delete(frame.channel);
      else if (frame.type === 'ping') {
        pings.push(frame.id);
        stir();
      } else void http.send(frame);
    },
    close() {
      aborting.abort();
      stir();
    },
  };
};
