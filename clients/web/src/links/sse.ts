import { asFault, httpOf, type Wanted } from './http.ts';
import type { Link, OpenLink } from './link.ts';

/**
 * Server-sent events, read by `fetch`: an EventSource takes no token in a header, and decides itself when to come back.
 * The channels of a stream are fixed, so another set is another stream, from where the former one was.
 */
export const openSse: OpenLink = (host): Link => {
  let stream: AbortController | undefined;
  let isPlanned = false;
  const { signal, channels, request, answer, pong, refused, end, link } = httpOf(host, (isPing) => {
    if (!isPing || !channels.size || !stream) reopen();
  });

  /** All changes of one turn make one stream. */
  function reopen(): void {
    if (isPlanned) return;
    isPlanned = true;
    queueMicrotask(() => {
      isPlanned = false;
      stream?.abort();
      if (signal.aborted) return;
      stream = new AbortController();
      read(stream.signal).catch((error) => end(1006, asFault(error)));
    });
  }

  async function read(stop: AbortSignal): Promise<void> {
    if (!channels.size) return pong();
    const asked = new Map(channels);
    let vector = '';
    for (const [name, { since }] of asked) if (since) vector += `,${name}@${since}`;
    const query = { channels: `${[...asked.keys()]}`, ...(vector && { since: vector.slice(1) }) };
    try {
      const response = await request('/api/realtime/stream', query, { signal: stop });
      await events(response, (event, data, id) => {
        if (!stop.aborted) take(event, data, id, asked);
      });
      if (!stop.aborted) end(1006);
    } catch (error) {
      if (stop.aborted) return;
      refused(error);
      reopen();
    }
  }

  function take(event: string, data: string, id: string, asked: ReadonlyMap<string, Wanted>): void {
    if (!event) {
      host.frame({ type: 'other' });
      return;
    }
    const frame = JSON.parse(data);
    const its = channels.get(frame.channel);
    // The event `subscribed` has told of it.
    const isTold = its?.since === frame.position;
    // The place from which the stream goes on, if another channel makes it another stream.
    const positions = positionsOf(id, asked);
    for (const [name, position] of positions) {
      const wanted = channels.get(name);
      if (wanted && !wanted.id && asked.get(name) === wanted) wanted.since = position;
    }
    if (event === 'subscribed') {
      // Every channel has answered: one that was lost begins elsewhere than was asked, and `reset` follows.
      for (const [name, wanted] of asked) {
        const at = positions.get(name);
        if (at) answer(name, wanted, at, wanted.since ? wanted.since === at : undefined);
      }
      pong();
    } else if (event === 'end') end(frame.code, { code: frame.reason });
    else if (event !== 'reset') host.frame(frame);
    else if (!isTold) answer(frame.channel, its, frame.position, false);
  }

  return link;
};

/** Reads events until the stream ends. A comment is an event without a name; a bare `data` is called `message`. */
export async function events(
  response: Response,
  take: (event: string, data: string, id: string) => void,
): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream() as never).getReader();
  let text = '';
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop() as string;
    for (const block of blocks) {
      // A field has its value behind the first colon; that may hold every other character.
      const fields = block.split('\n').map((line) => line.split(/: (.*)/s));
      const { event, data = '', id = '' } = Object.fromEntries(fields);
      take(event || (data && 'message'), data, id);
    }
  }
}

/** The id of an event: `channel@epoch:offset,…`, or `epoch:offset` of a single channel. */
function positionsOf(id: string, asked: ReadonlyMap<string, unknown>): ReadonlyMap<string, string> {
  const [vector = ''] = id.split(';');
  const [only = ''] = asked.keys();
  const parts = vector.split(',').map((part) => part.split('@').reverse());
  return new Map(parts.flatMap(([position, name = only]) => (position ? [[name, position]] : [])));
}
