import { formatPosition, parseVector } from '../../../../src/protocol/wire/position.ts';
import { asRefusal, httpOf } from './http.ts';
import type { IncomingFrame, Link, LinkEnd, OpenLink } from './link.ts';

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
      read(stream).catch((error) => end(asRefusal(error)));
    });
  }

  function end(reason: LinkEnd): void {
    if (aborting.signal.aborted) return;
    aborting.abort();
    host.closed(reason);
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
        headers: { accept: 'text/event-stream' },
        signal: mine.signal,
      });
      await events(response, (event, data, id) => {
        if (!mine.signal.aborted) take(event, data, id, asked);
      });
      if (!mine.signal.aborted) end({ code: 1006 });
    } catch (error) {
      if (mine.signal.aborted) return;
      const { status = 0, channel, reason = '', message = '' } = asRefusal(error);
      if (channel === undefined || (status !== 403 && status !== 404)) throw error;
      const wanted = channels.get(channel);
      channels.delete(channel);
      refuse(channel, wanted, reason, message);
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
    for (const [name, position] of parseVector(id) ?? []) {
      const wanted = channels.get(name);
      if (wanted && asked.get(name) === wanted && wanted.id === undefined)
        wanted.since = formatPosition(position);
    }
    if (event === 'subscribed') begun(id, asked);
    else if (event === 'end') end({ code: frame.code, reason: frame.reason });
    else if (event === 'problem' && frame.channel === undefined) {
      end({ code: 1006, reason: frame.code, message: frame.message, retryAfterMs: frame.retryAfterMs });
    } else if (event === 'reset') answer(frame.channel, frame.position, false);
    else host.frame(frame as IncomingFrame);
  }

  /** Every channel has answered: those that were lost are told by `reset`, which follows. */
  function begun(vector: string, asked: ReadonlyMap<string, Wanted>): void {
    const positions = parseVector(vector) ?? new Map();
    for (const [name, wanted] of asked) {
      const position = positions.get(name);
      if (!position || channels.get(name) !== wanted) continue;
      const at = formatPosition(position);
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
    host.frame({
      type: 'subscribed',
      channel,
      position,
      ...(id !== undefined && { id }),
      ...(recovered !== undefined && { recovered }),
    });
  }

  function refuse(channel: string, wanted: Wanted | undefined, code: string, message: string): void {
    const id = wanted?.id;
    if (id === undefined) host.frame({ type: 'unsubscribed', channel, code });
    else host.frame({ type: 'error', id, code, error: code, message, channel });
  }

  function pong(): void {
    const answered = pings;
    pings = [];
    for (const id of answered) host.frame({ type: 'pong', timestamp: '', ...(id !== undefined && { id }) });
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
      } else void http.carryOut(frame);
    },
    close() {
      aborting.abort();
    },
  };
};

/** Reads events until the stream ends. A comment is an event without a name; a bare `data` is called `message`. */
async function events(
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
