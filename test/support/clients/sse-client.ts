import { createInbox } from './inbox.ts';

export interface SseEvent {
  /** `message` when the server gave it no name. */
  readonly event: string;
  /** Parsed JSON. */
  readonly data: unknown;
  readonly id?: string;
  readonly retry?: number;
}

export interface SseClient extends AsyncDisposable {
  readonly headers: Headers;
  /** The id of the newest event. */
  readonly lastEventId: string | undefined;
  /** True when the response ended as a whole, false when it was cut. */
  readonly ended: Promise<boolean>;
  /** The first event of this name not yet taken. */
  next(event?: string, timeoutMs?: number): Promise<SseEvent>;
  all(event?: string): SseEvent[];
  /** Comments so far. */
  comments(): number;
}

/** The problem of a response whose status is not 200. */
export class Refused extends Error {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string;

  constructor({ status, headers }: Response, code: string) {
    super(`${status} ${code}`);
    this.status = status;
    this.headers = headers;
    this.code = code;
  }
}

/** Reads events without coming back by itself. `listen` hears every event from the first on. Rejects with `Refused`. */
export async function openSse(
  url: string,
  headers: Record<string, string> = {},
  listen: (event: SseEvent) => void = () => undefined,
): Promise<SseClient> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  if (response.status !== 200) {
    throw new Refused(response, ((await response.json()) as { code: string }).code);
  }
  const inbox = createInbox<SseEvent>('sse client');
  let lastEventId: string | undefined;
  let comments = 0;
  const ended = readBlocks(response.body, (block) => {
    const event = parse(block);
    if (!event) comments += 1;
    else {
      lastEventId = event.id ?? lastEventId;
      inbox.push(event);
      listen(event);
    }
  });
  void ended.then((clean) => inbox.end(clean ? 'the stream ended' : 'the stream was cut'));
  return {
    headers: response.headers,
    get lastEventId() {
      return lastEventId;
    },
    ended,
    next: (event = 'message', timeoutMs) => inbox.next((each) => each.event === event, event, timeoutMs),
    all: (event = 'message') => inbox.all((each) => each.event === event),
    comments: () => comments,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await ended;
    },
  };
}

async function readBlocks(
  body: ReadableStream<Uint8Array> | null,
  take: (block: string) => void,
): Promise<boolean> {
  const decoder = new TextDecoder();
  let pending = '';
  try {
    for await (const bytes of body ?? []) {
      const blocks = (pending + decoder.decode(bytes, { stream: true })).split('\n\n');
      pending = blocks.pop() ?? '';
      for (const block of blocks) take(block);
    }
    return true;
  } catch {
    return false;
  }
}

function parse(block: string): SseEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
    if (name) fields.set(name, value);
  }
  if (fields.size === 0) return undefined;
  const [id, retry] = [fields.get('id'), fields.get('retry')];
  return {
    event: fields.get('event') ?? 'message',
    data: JSON.parse(fields.get('data') ?? 'null'),
    ...(id !== undefined && { id }),
    ...(retry !== undefined && { retry: Number(retry) }),
  };
}
