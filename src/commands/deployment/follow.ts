import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';

/** The server and channel to read, and the identity of the reader. */
export interface FollowOptions {
  /** `http://host:port` */
  readonly url: string;
  readonly channels: readonly string[];
  readonly since?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Called each time that the stream has begun. */
  readonly onOpen: () => void;
}

const pauseMs = 1_000;

/**
 * The publications of a server's event stream as texts of JSON, in order. After a loss it goes on behind the last one
 * that it read. It ends where the server refuses, with its reason.
 */
export async function* follow({
  url,
  channels,
  since,
  headers,
  onOpen,
}: FollowOptions): AsyncGenerator<string> {
  const address = new URL('/api/realtime/stream', url);
  address.searchParams.set('channels', channels.join(','));
  if (since !== undefined) address.searchParams.set('since', since);
  let lastId: string | undefined;
  for (let wasOpen = false; ; ) {
    const response = await open(address, {
      ...headers,
      ...(lastId !== undefined && { 'last-event-id': lastId }),
    });
    if (!response && !wasOpen)
      throw new Error(`No server answers at ${address.origin}: start one, or name it with --url.`);
    if (response?.body) {
      if (!response.ok && response.status < 500 && response.status !== 429)
        throw new Error(await refusalIn(response));
      wasOpen = true;
      for await (const { id, event, data } of eventsOf(response.body)) {
        if (event === 'subscribed') onOpen();
        if (event === 'problem') throw new Error(data);
        if (event === 'reset') process.stderr.write('Some publications are no longer in the log.\n');
        if (id !== undefined) lastId = id;
        if (event === undefined && data !== '') yield data;
      }
    }
    await Bun.sleep(pauseMs);
  }
}

/** Returns undefined where no server is reached. */
async function open(address: URL, headers: Readonly<Record<string, string>>): Promise<Response | undefined> {
  try {
    return await fetch(address, { headers: { accept: 'text/event-stream', ...headers } });
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

async function refusalIn(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { code, detail } = JSON.parse(text) as { readonly code?: string; readonly detail?: string };
    return `The server refuses (${code ?? response.status}): ${detail ?? text}`;
  } catch (error) {
    if (error instanceof SyntaxError) return `The server refuses (${response.status}): ${text.slice(0, 200)}`;
    throw error;
  }
}

/** The events of a stream; a cut ends it. */
async function* eventsOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<EventSourceMessage> {
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  try {
    for await (const event of events) yield event;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
