import { parsePosition, parseVector } from '../../src/protocol/wire/position.ts';
import { openSocketIo } from '../../test/support/clients/socket-io-client.ts';
import { Place } from '../chaos/clients/place.ts';
import type { Committed, Journal } from '../chaos/journal.ts';

/** A client that stays for the whole soak and has to have everything, in order, once. */
export class ControlReader {
  readonly name: string;
  readonly places: ReadonlyMap<string, Place>;
  received = 0;
  repeated = 0;
  disordered = 0;
  readonly #journal: Journal;

  constructor(name: string, channels: readonly string[], journal: Journal) {
    this.name = name;
    this.places = new Map(channels.map((channel) => [channel, new Place()]));
    this.#journal = journal;
  }

  get channels(): readonly string[] {
    return [...this.places.keys()];
  }

  /** `epoch:offset`, from where the reader goes on; `recovered` as the server said it. */
  begin(channel: string, position: string, recovered?: boolean): void {
    this.places.get(channel)?.subscribed(position, recovered);
  }

  take({ channel, offset, id }: Item): void {
    const place = this.places.get(channel);
    if (!place) return;
    const { isNew, inOrder } = place.take(offset);
    if (!inOrder) this.disordered += 1;
    if (!isNew) this.repeated += 1;
    else this.received += 1;
    this.#journal.note(channel, place.epoch, offset, id);
  }

  /** The number of these that the reader never had. */
  missed(truth: readonly Committed[]): number {
    return truth.filter((each) => this.places.get(each.channel)?.accounts(each) === false).length;
  }

  /** Whether it has everything up to the last of these. */
  reached(truth: readonly Committed[]): boolean {
    return truth.every(
      (each) => (this.places.get(each.channel)?.seen ?? Number.POSITIVE_INFINITY) >= each.offset,
    );
  }
}

interface Item {
  readonly channel: string;
  readonly offset: number;
  readonly id: string;
}

/** Reads until the signal; resolves when it stands on all its channels. */
export type Follow = (url: string, reader: ControlReader, signal: AbortSignal) => Promise<void>;

export const followers: Readonly<Record<string, Follow>> = {
  WebSocket: followSocket,
  'Socket.IO over WebSocket': (...all) => followSocketIo('websocket', ...all),
  'Socket.IO over polling': (...all) => followSocketIo('polling', ...all),
  SSE: followStream,
  'long poll': followPolls,
};

async function followSocket(url: string, reader: ControlReader, signal: AbortSignal): Promise<void> {
  const subscribed = Promise.withResolvers<void>();
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/realtime?userId=${key(reader)}&role=officer`);
  let left = reader.channels.length;
  socket.onopen = () => {
    for (const channel of reader.channels) socket.send(JSON.stringify({ type: 'subscribe', channel }));
  };
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data));
    if (frame.type === 'subscribed') {
      reader.begin(frame.channel, frame.position, frame.recovered);
      if (--left === 0) subscribed.resolve();
    } else if (frame.offset !== undefined) reader.take(frame);
  };
  socket.onclose = ({ code }) => subscribed.reject(new Error(`closed with ${code}`));
  signal.addEventListener('abort', () => socket.close());
  await subscribed.promise;
}

async function followSocketIo(
  transport: 'websocket' | 'polling',
  url: string,
  reader: ControlReader,
  signal: AbortSignal,
): Promise<void> {
  const auth = { userId: key(reader), role: 'officer' };
  const client = await openSocketIo(url, { transports: [transport], auth }, ({ name, args: [item] }) => {
    if (name === 'tick') reader.take(item as Item);
  });
  signal.addEventListener('abort', () => void client[Symbol.asyncDispose]());
  for (const channel of reader.channels) {
    const { position } = await client.ask('subscribe', channel);
    reader.begin(channel, String(position));
  }
}

/** Comes back with its last id whenever the stream ends. */
async function followStream(url: string, reader: ControlReader, signal: AbortSignal): Promise<void> {
  const subscribed = Promise.withResolvers<void>();
  const address = `${url}/api/realtime/stream?channels=${reader.channels}&userId=${key(reader)}&role=officer`;
  let lastEventId = '';
  const read = async () => {
    while (!signal.aborted) {
      const response = await fetch(address, { headers: { 'last-event-id': lastEventId }, signal });
      let pending = '';
      const isFirst = lastEventId === '';
      for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const blocks = (pending + text).split('\n\n');
        pending = blocks.pop() ?? '';
        for (const block of blocks) {
          lastEventId = /^id: (.*)$/m.exec(block)?.[1] ?? lastEventId;
          const event = /^event: (.*)$/m.exec(block)?.[1];
          if (event === undefined && block.startsWith('data:'))
            reader.take(JSON.parse(block.slice(5).split('\n')[0] ?? ''));
          if (event !== 'subscribed') continue;
          for (const [channel, { epoch, offset }] of parseVector(lastEventId) ?? []) {
            reader.begin(channel, `${epoch}:${offset}`, isFirst ? undefined : true);
          }
          subscribed.resolve();
        }
      }
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) process.stderr.write(`a control stream failed: ${error}\n`);
  });
  await subscribed.promise;
}

async function followPolls(url: string, reader: ControlReader, signal: AbortSignal): Promise<void> {
  await Promise.all(reader.channels.map((channel) => followChannel(url, reader, channel, signal)));
}

async function followChannel(url: string, reader: ControlReader, channel: string, signal: AbortSignal) {
  const poll = async (wait: number, since = '') => {
    const query = `userId=${key(reader)}&limit=500&wait=${wait}${since && `&since=${since}`}`;
    const response = await fetch(`${url}/api/realtime/channels/${channel}/publications?${query}`, { signal });
    return (await response.json()) as { position: string; recovered: boolean; publications: Item[] };
  };
  let { position } = await poll(0);
  reader.begin(channel, position);
  const read = async () => {
    while (!signal.aborted) {
      const page = await poll(20, position);
      if (!page.recovered || !parsePosition(page.position)) throw new Error('not recovered');
      position = page.position;
      for (const item of page.publications) reader.take(item);
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) process.stderr.write(`a control poll failed: ${error}\n`);
  });
}

function key({ name }: ControlReader): string {
  return name.replaceAll(/\W/g, '-');
}
