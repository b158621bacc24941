import { type Fault, faults } from '../errors.ts';
import type { Environment } from '../types.ts';
import type { ClientFrame, IncomingFrame, LinkHost } from './link.ts';

export const publicationsOf = (channel: string) =>
  `/api/realtime/channels/${encodeURIComponent(channel)}/publications`;

/** A channel that is read. */
export interface Wanted {
  since: string | undefined;
  /** The id of the subscribe frame, until it is answered. */
  id: string | number | undefined;
}

/**
 * The common part of the transports that are not a socket: requests, which throw a `Fault`, and the frames of a socket
 * carried out by them. `start` is called once, and `changed` when something was asked or the link ended.
 */
export function httpOf(host: LinkHost, changed: (isPing?: boolean) => void, start?: () => void) {
  const { url, options, tokens, frame: hand } = host;
  const { fetch } = host.environment as Environment;
  const aborting = new AbortController();
  const { signal } = aborting;
  const channels = new Map<string, Wanted>();
  const pings: (string | number | undefined)[] = [];

  async function request(
    path: string,
    query: Record<string, string> = {},
    init: RequestInit = {},
  ): Promise<Response> {
    const search = new URLSearchParams(query);
    const bearer = tokens.current;
    // Insecure mode reads who is there from the address.
    for (const [name, value] of Object.entries((!bearer && options.identity) || {})) {
      if (value?.length) search.set(name, String(value));
    }
    const response = await fetch(`${url}${path}?${search}`, {
      signal,
      ...init,
      cache: 'no-store',
      headers: { ...(bearer && { authorization: `Bearer ${bearer}` }), ...init.headers },
    });
    if (!response.ok) throw await faultOf(response);
    return response;
  }

  function stop(): void {
    aborting.abort();
    changed();
  }

  queueMicrotask(() => {
    if (signal.aborted) return;
    host.ready();
    start?.();
  });

  const json = async (...args: Parameters<typeof request>) => (await request(...args)).json();

  async function carryOut(frame: ClientFrame): Promise<object | undefined> {
    if (frame.type === 'history') {
      const { channel, before = 'latest', limit = 50 } = frame;
      return { ...(await json(publicationsOf(channel), { before, limit: `${limit}` })), type: 'history' };
    }
    if (frame.type !== 'publish') return undefined;
    const { id: _, key, type: _type, publicationType: type, ...rest } = frame;
    const { position } = await json(
      '/api/realtime/publish',
      {},
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
        body: JSON.stringify({ ...rest, type }),
      },
    );
    return { type: 'published', position };
  }

  return {
    signal,
    channels,
    pings,
    request,
    json,
    /** The subscribe frame of a channel that is still read so is answered. */
    answer(
      channel: string,
      wanted: Wanted | undefined,
      position: string,
      recovered?: boolean | undefined,
    ): void {
      if (!wanted || channels.get(channel) !== wanted) return;
      const { id } = wanted;
      wanted.since = position;
      wanted.id = undefined;
      hand({ type: 'subscribed', channel, position, id, recovered } as IncomingFrame);
    },
    /** Answers the oldest pings: everything before them has come. */
    pong(count = pings.length): void {
      for (const id of pings.splice(0, count)) hand({ type: 'pong', id } as IncomingFrame);
    },
    /** A refusal of one channel is told to it, and the others go on; anything else is thrown on. */
    refused(thrown: unknown, channel?: string): void {
      const fault = asFault(thrown);
      const name = channel ?? fault.channel;
      const id = channels.get(name as string)?.id;
      // A refusal of a channel that is not read would be met again at once: it ends the link.
      if (!/40[34]/.test(`${fault.status}`) || !channels.delete(name as string)) throw fault;
      hand({ ...fault, type: 'error', channel: name, id } as IncomingFrame);
    },
    /** The link ended by itself. */
    end(code: number, fault?: Fault): void {
      if (signal.aborted) return;
      stop();
      host.closed(code, fault);
    },
    link: {
      async send(frame: ClientFrame): Promise<void> {
        const { type, id } = frame;
        if (type === 'subscribe') {
          for (const { channel, since } of frame.channels) channels.set(channel, { since, id });
          changed();
        } else if (type === 'unsubscribe') channels.delete(frame.channel);
        else if (type === 'ping') {
          pings.push(id);
          changed(true);
        } else
          try {
            const reply = await carryOut(frame);
            if (reply) hand({ ...reply, id } as IncomingFrame);
          } catch (thrown) {
            if (!signal.aborted) hand({ ...asFault(thrown), type: 'error', id } as IncomingFrame);
          }
      },
      close: stop,
    },
  };
}

/** The problem document of a server, or what the answer of something in between tells. */
async function faultOf(response: Response): Promise<Fault> {
  const { status, headers } = response;
  const problem = await response.json().catch(() => ({}));
  const seconds = Number(headers.get('retry-after'));
  return {
    code: `http_${status}`,
    ...problem,
    status,
    message: problem.detail,
    channel: problem.details?.channel,
    ...(seconds && { retryAfterMs: seconds * 1_000 }),
  };
}

/** The error of a request. */
export const asFault = (thrown: unknown): Fault =>
  Object(thrown).status ? (thrown as Fault) : faults.network;
