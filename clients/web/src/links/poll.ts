import type { PublicationFrame } from '../../../../src/protocol/wire/frame-types.ts';
import { type Position, parsePosition } from '../channel/position.ts';
import * as Pause from '../pauses.ts';
import type { ClientOptions } from '../types.ts';
import { asFault, httpOf, publicationsOf, type Wanted } from './http.ts';
import type { Link, LinkHost, OpenLink } from './link.ts';

/** So many channels wait at the server, one request each; more are asked in turn. */
const mostWaiting = 2;

/** A poll asks who is there only where somebody wants to know. */
export interface PollHost extends LinkHost {
  isWatched?(channel: string): boolean;
}

const presenceOf = (channel: string) => `/api/realtime/presence/${encodeURIComponent(channel)}`;

interface Page {
  readonly publications: readonly PublicationFrame[];
  readonly position: string;
  readonly recovered: boolean;
  readonly more: boolean;
}

/** Polls of the log: what the other transports push is fetched here, from position to position. */
export const openPoll: OpenLink = (host): Link => {
  const { pollIntervalMs = Pause.poll } = host.options as ClientOptions;
  let wake: (() => void) | undefined;
  let round: AbortController | undefined;

  /** A request that is made now must not wait behind the poll that waits at the server. */
  function stir(): void {
    round?.abort();
    wake?.();
  }

  const { signal, channels, pings, json, answer, pong, refused, end, link } = httpOf(host, stir, poll);

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      const asked = pings.length;
      round = new AbortController();
      const { signal: stop } = round;
      // A question is answered at once: nothing waits at the server in its round.
      const seconds = !asked && channels.size <= mostWaiting ? 25 : 0;
      try {
        await Promise.all([...channels].map(([name, wanted]) => pollOne(name, wanted, seconds, stop)));
      } catch (error) {
        // Stirred: the next round asks again.
        if (stop.aborted) continue;
        end(1006, asFault(error));
      }
      if (signal.aborted) return;
      pong(asked);
      if (!pings.length) await pause();
    }
  }

  function pause(): Promise<void> {
    const waitsAtServer = channels.size && channels.size <= mostWaiting;
    // A server that does not wait, or an empty round, must not turn the loop into a flood.
    const ms = Math.max(Pause.floor, waitsAtServer ? 0 : pollIntervalMs);
    return new Promise((resolve) => {
      const undo = host.environment.after(ms, resolve);
      wake = () => {
        undo();
        resolve();
      };
    });
  }

  async function pollOne(name: string, wanted: Wanted, seconds: number, stop: AbortSignal): Promise<void> {
    const path = publicationsOf(name);
    // The state is as old as the round; a channel that keeps nobody tells nothing, as over the other transports.
    if ((host as PollHost).isWatched?.(name))
      json(presenceOf(name)).then(
        (state) => host.frame({ ...state, type: 'presence_state' }),
        () => undefined,
      );
    try {
      if (wanted.since === undefined) {
        const newest: Page = await json(path, { before: 'latest', limit: '1' });
        // `position` is of the oldest: of the next one, where there is none.
        const { epoch, offset } = parsePosition(newest.position) as Position;
        return answer(name, wanted, `${epoch}:${newest.publications.at(-1)?.offset ?? offset - 1}`);
      }
      for (let more = true; more; ) {
        const since = wanted.since;
        const wait = `${wanted.id ? 0 : seconds}`;
        const page: Page = await json(path, { since, limit: '100', wait }, { signal: stop });
        // After the end of the link nobody hears a frame, and the next request fails.
        if (channels.get(name) !== wanted) return;
        if (!page.recovered) return answer(name, wanted, page.position, false);
        if (wanted.id) answer(name, wanted, since, true);
        wanted.since = page.position;
        for (const publication of page.publications) host.frame(publication);
        host.frame({ type: 'other' });
        more = page.more && channels.get(name) === wanted;
      }
    } catch (error) {
      refused(error, name);
    }
  }

  return link;
};
