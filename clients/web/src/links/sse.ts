import { type Fault, faults } from '../errors.ts';
import { asFault, httpOf } from './http.ts';
import type { IncomingFrame, Link, OpenLink } from './link.ts';

interface Wanted {
  since: string | undefined;
  /** Of the subscribe frame, until it is answered. */
  id: string | number | undefined;
}

/**
 * Server-sent events, read by `fetch`: an EventSource takes no token in a header, and decides itself when to come back.
 * The channels of a stream are fixed, so another set is another stream, from where the former one was.
 */
export const openSse: OpenLink = (host): Link => {
  const aborting = new AbortController();
  const http = httpOf(host, aborting);
  const channels = new Map<string, Wanted>();
  let pings: (string | number | undefined)[] = [];
  let stream: AbortController | undefined;
  let isPlanned = false;

  queueMicrotask(() => {
    if (!aborting.signal.aborted) host.ready();
  });

  /** All changes of one turn make one stream. */
  function reopen(): void {
    if (isPlanned) return;
    isPlanned = true;
    queueMicrotask(() => {
      isPlanned = false;
      stream?.abort();
      if (aborting.signal.aborted) return;
      stream = new AbortController();
      read(stream).catch((error) => end(1006, asFault(error)));
    });
  }

  function end(code: number, fault: Fault = faults.network): void {
    if (aborting.signal.aborted) return;
    aborting.abort();
    host.closed(code, fault);
  }

  async function read(mine: AbortController): Promise<void> {
    if (channels.size === 0) {
      pong();
      return;
    }
    const asked = new Map(channels);
    const since = [...asked]
      .flatMap(([name, { since }]) => (since === undefined ? [] : [`${name}@${since}`]))
      .join();
    const query = { channels: [...asked.keys()].join(), ...(since !== '' && { since }) };
    const stop = () => mine.abort();
    aborting.signal.addEventListener('abort', stop);
    try {
      const response = await http.request('/api/realtime/stream', query, {
        signal: mine.signal,
      });
      await events(response, (event, data, id) => {
        if (!mine.signal.aborted) take(event, data, id, asked);
      });
      if (!mine.signal.aborted) end(1006);
    } catch (error) {
      if (mine.signal.aborted) return;
      const fault = asFault(error);
      const { status, channel } = fault;
      if (channel === undefined || (status !== 403 && status !== 404)) throw error;
      host.frame({ ...fault, type: 'error', id: channels.get(channel)?.id } as IncomingFrame);
      channels.delete(channel);
      reopen();
    } finally {
      aborting.signal.removeEventListener('abort', stop);
    }
  }

  function take(event: string, data: string, id: string, asked: ReadonlyMap<string, Wanted>): void {
    if (event === '') {
      host.alive();
      return;
    }
    const frame = JSON.parse(data);
    // Where the stream goes on from, if another channel makes it another stream.
    const positions = positionsOf(id, asked);
    for (const [name, position] of positions) {
      const wanted = channels.get(name);
      if (wanted && asked.get(name) === wanted && wanted.id === undefined) wanted.since = position;
    }
    if (event === 'subscribed') begun(positions, asked);
    else if (event === 'end') end(frame.code, { code: frame.reason });
    else if (event === 'reset') answer(frame.channel, frame.position, false);
    else host.frame(frame);
  }

  /** Every channel has answered: those that were lost are told by `reset`, which follows. */
  function begun(positions: ReadonlyMap<string, string>, asked: ReadonlyMap<string, Wanted>): void {
    for (const [name, wanted] of asked) {
      const at = positions.get(name);
      if (!at || channels.get(name) !== wanted) continue;
      if (wanted.since === undefined) answer(name, at, undefined);
      else if (wanted.since === at) answer(name, at, true);
    }
    pong();
  }

  function answer(channel: string, position: string, recovered: boolean | undefined): void {
    const wanted = channels.get(channel);
    if (!wanted) return;
    const { id } = wanted;
    wanted.since = position;
    wanted.id = undefined;
    host.frame({ type: 'subscribed', channel, position, id, recovered } as IncomingFrame);
  }

  function pong(): void {
    const answered = pings;
    pings = [];
    for (const id of answered) host.frame({ type: 'pong', id } as IncomingFrame);
  }

  return {
    send(frame) {
      if (frame.type === 'subscribe') {
        for (const { channel, since } of frame.channels) channels.set(channel, { since, id: frame.id });
        reopen();
      } else if (frame.type === 'unsubscribe') {
        // What still comes is dropped; the next stream is without it.
        channels.delete(frame.channel);
      } else if (frame.type === 'ping') {
        pings.push(frame.id);
        if (channels.size === 0 || !stream) reopen();
      } else void http.send(frame);
    },
    close() {
      aborting.abort();
    },
  };
};

/** Reads events until the stream ends. A comment is an event without a name; a bare `data` is called `message`. */
export async function events(
  response: Response,
  take: (event: string, data: string, id: string) => void,
): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream() as never).getReader();
  let text = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      let [event, data, id] = ['', '', ''];
      for (const line of block.split('\n')) {
        const colon = line.indexOf(': ');
        const field = line.slice(0, colon);
        if (field === 'event') event = line.slice(colon + 2);
        else if (field === 'data') data = line.slice(colon + 2);
        else if (field === 'id') id = line.slice(colon + 2);
      }
      take(event || (data && 'message'), data, id);
    }
  }
}

/** The id of an event: `channel@epoch:offset,…`, or `epoch:offset` of a single channel. */
function positionsOf(id: string, asked: ReadonlyMap<string, unknown>): ReadonlyMap<string, string> {
  const [vector = ''] = id.split(';');
  const [only] = asked.keys();
  const parts = vector === '' ? [] : vector.split(',').map((part) => part.split('@'));
  return new Map(
    parts.map(([name = '', position]) => (position === undefined ? [only ?? '', name] : [name, position])),
  );
}
