import type { Domain } from '../../../src/extension/domain.ts';
import { createInbox, type Inbox } from '../../support/clients/inbox.ts';
import { type GatewayService, startGatewayService } from '../../support/services/gateway-service.ts';
import { until } from '../../support/until.ts';

/** An item that a reader of any transport sees. */
export type Item =
  | {
      readonly kind: 'publication';
      readonly channel: string;
      readonly offset: number;
      /** The type of the publication; `skipped` in the place of one that is kept from the reader. */
      readonly type: string;
    }
  | { readonly kind: 'lost'; readonly channel: string; readonly position: string }
  | { readonly kind: 'presence'; readonly channel: string; readonly type: string; readonly count: number }
  | { readonly kind: 'denied'; readonly channel: string; readonly code: string };

export interface OpenOptions {
  readonly service: Pick<GatewayService, 'url' | 'socketUrl'>;
  readonly token: string;
  readonly channels: readonly string[];
  /** Positions by channel. */
  readonly since: Readonly<Record<string, string>>;
  /** The origin of the page that connects. */
  readonly origin?: string | undefined;
  readonly take: (item: Item) => void;
}

export interface End {
  /** The reason of the close, or the code of the refusal. */
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
}

export interface Connection {
  /** Its positions now, by channel; after `open` it may take a moment to be known. */
  readonly positions: () => Readonly<Record<string, string>>;
  /** Settles when the server ended it. */
  readonly ended: Promise<End>;
  /** Asks for something that counts against the rate of the transport. Rejects with a `Refusal`. */
  readonly ask: () => Promise<unknown>;
  /** Another token for the same connection, of a socket. Rejects with a `Refusal`. */
  readonly refresh?: (token: string) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

/** One transport, as a client of it works. `open` resolves when it reads, and rejects with a `Refusal`. */
export interface GatewayDriver {
  readonly name: string;
  /** A socket is asked and replies; a stream only tells; a request ends with its answer. */
  readonly kind: 'socket' | 'stream' | 'request';
  readonly open: (options: OpenOptions) => Promise<Connection>;
  /** Domains whose routes serve the gateway, where it is not one of the engine's own. */
  readonly domains?: readonly Domain[];
}

/** Starts services that have the gateway of the driver. */
export function servicesOf({ domains: own = [] }: GatewayDriver): typeof startGatewayService {
  return (env, database, domains = [], ports = {}) =>
    startGatewayService(env, database, [...own, ...domains], ports);
}

/** The code of the server, as the message too. */
export class Refusal extends Error implements End {
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, retryAfterMs?: unknown) {
    super(reason);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs === undefined ? undefined : Number(retryAfterMs);
  }
}

export interface Reader extends AsyncDisposable, Connection {
  readonly inbox: Inbox<Item>;
  /** Its positions, once all are known. */
  standing(): Promise<Readonly<Record<string, string>>>;
  /** The next publication of the channel. Rejects when its position was lost. */
  next(channel: string): Promise<Item & { readonly kind: 'publication' }>;
  /** The offsets of the next publications, by default on `hearings`. */
  offsets(count: number, channel?: string): Promise<number[]>;
}

export interface ReadOptions extends Partial<Pick<OpenOptions, 'channels' | 'since' | 'origin'>> {
  readonly service: OpenOptions['service'];
  readonly token: string;
}

/** A reader by the driver, by default of `hearings` from now on. */
export async function read(
  driver: GatewayDriver,
  { channels = ['hearings'], since = {}, ...options }: ReadOptions,
): Promise<Reader> {
  const inbox = createInbox<Item>(`${driver.name} reader`);
  // A channel may have the name of something that every object has.
  const positions = Object.assign(Object.create(null), since);
  const connection = await driver.open({ ...options, channels, since: positions, take: inbox.push });
  const next = async (channel: string) => {
    const item = await inbox.next(
      (each) => each.channel === channel && (each.kind === 'publication' || each.kind === 'lost'),
      `publication of ${channel}`,
    );
    if (item.kind === 'publication') return item;
    throw new Error('The position was lost.');
  };
  return {
    ...connection,
    inbox,
    next,
    async standing() {
      await until(() => channels.every((channel) => connection.positions()[channel] !== undefined));
      return { ...connection.positions() };
    },
    async offsets(count, channel = 'hearings') {
      const taken: number[] = [];
      while (taken.length < count) taken.push((await next(channel)).offset);
      return taken;
    },
    [Symbol.asyncDispose]: async () => void (await connection.close()),
  };
}

/** The reason for which a reader does not get in, or is ended at once. */
export function refusalOf(opening: Promise<Connection>): Promise<End> {
  return opening.then(
    ({ ended }) => ended,
    (error: unknown) => {
      if (error instanceof Refusal) return error;
      throw error;
    },
  );
}

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
