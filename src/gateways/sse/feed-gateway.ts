import { AppError } from '../../errors.ts';
import type { FeedEvent, FeedStreams, FeedView, StreamCall } from '../../extension/feed.ts';
import { type Position, parsePosition, parseVector } from '../../protocol/wire/position.ts';
import { streamHeaders } from '../http/stream-refusal.ts';
import { EventStream } from './event-stream.ts';
import type { SseGateway } from './gateway.ts';
import { lastEventIdOf } from './last-event-id.ts';
import { LiveFeed } from './live-feed.ts';
import { prepare, subscribe } from './open.ts';

/** The event streams of domains: sessions like those of the engine's own, which show a feed instead of publications. */
export class FeedGateway implements FeedStreams {
  readonly #gateway: SseGateway;
  readonly #live = new Map<string, LiveFeed>();

  constructor(gateway: SseGateway) {
    this.#gateway = gateway;
  }

  async open({ request, principal, server }: StreamCall, view: FeedView): Promise<Response> {
    const gateway = this.#gateway;
    gateway.admit(request, server);
    const channel = await gateway.manager.namespaces.readable(view.channel, principal);
    const feed = this.#feedOf(view);
    const since = sinceOf(request, view.channel);
    const stream = new EventStream(gateway, feed, [channel]);
    stream.own(feed.add(stream));
    await prepare(gateway, stream, principal, async () => {
      const event = await joinFeed(gateway, stream, feed, since);
      stream.begin(() => ({ data: event ?? feed.heartbeat() }));
    });
    return new Response(stream.body, { headers: streamHeaders });
  }

  /** Held from the turn in which it is made: the last stream that ends takes it along. */
  #feedOf(view: FeedView): LiveFeed {
    const key = `${view.channel} ${view.key}`;
    const live = this.#live.get(key) ?? new LiveFeed(view, this.#gateway, () => this.#live.delete(key));
    this.#live.set(key, live);
    return live;
  }
}

/** The event to begin with. Where the log does not hold what follows `since`, the feed begins anew. */
async function joinFeed(
  gateway: SseGateway,
  stream: EventStream,
  { channel, feed }: LiveFeed,
  since: Position | undefined,
): Promise<FeedEvent | undefined> {
  for (const from of since ? [since, undefined] : [undefined]) {
    const { event, position } = await feed.begin(from);
    const answer = await subscribe(gateway, stream, channel, position, (told) =>
      stream.restart(channel, told.position),
    );
    if (answer?.recovered !== false) return event;
  }
  throw new AppError('not_ready', 'The state is older than what the log still holds.');
}

/** Undefined for the id of another server: the state comes anew. */
function sinceOf(request: Request, channel: string): Position | undefined {
  const id = lastEventIdOf(request) ?? '';
  return parseVector(id)?.get(channel) ?? parsePosition(id);
}
