import { sqlState } from '../../../db/connection/errors.ts';
import type { Drizzle } from '../../../db/connection/open.ts';
import type { Publish, Publisher } from '../../../db/publisher.ts';
import { AppError } from '../../../errors.ts';
import type { WrittenAt } from '../../../protocol/schemas/written.ts';
import { writtenAt } from '../../../protocol/schemas/written.ts';
import { type Principal, servicePrincipal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { asPrincipal } from '../../../tracking/principal.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { isGroupChannel } from './names.ts';

/** The dependencies of the services of group channels. */
export interface GroupDeps {
  readonly tracking: Tracking;
  readonly publisher: Publisher;
}

/** The result of a write, and its position on the channel of the group. */
export interface Changed<T> extends WrittenAt {
  readonly data: T;
}

/** The author of a write, and the key of the request. */
export interface Author {
  readonly principal: Principal;
  readonly requestKey?: RequestKey | undefined;
}

/** One transaction of a write. */
export interface Change {
  /** The transaction of the connecting role, which no policy binds, for the engine's own tables. */
  readonly tx: Drizzle;
  /** Runs a part as the caller: row level security shows what they may see. */
  asCaller<T>(work: () => Promise<T>): Promise<T>;
  /** Runs a part as the servicePrincipal, after the caller's rights were checked. */
  asService<T>(work: () => Promise<T>): Promise<T>;
  readonly publish: Publish;
}

/** Runs a change with its publications in a transaction, once for each request key (R5). */
export async function carryOut<T>(
  { tracking: { members }, publisher }: GroupDeps,
  { principal, requestKey }: Author,
  work: (change: Change) => Promise<T>,
): Promise<Changed<T>> {
  const published = await publisher
    .transaction(
      (tx, publish) =>
        work({
          tx,
          asCaller: (part) => asPrincipal(tx, members, principal, part),
          asService: (part) => asPrincipal(tx, members, servicePrincipal, part),
          publish,
        }),
      { request: requestKey },
    )
    .catch(refuse);
  // The others are personal channels of members, and the engine's own.
  const wireNameOf = (channel: string) => (isGroupChannel(channel) ? channel : undefined);
  return { data: published.result, ...writtenAt(published, wireNameOf) };
}

/**
 * Between two statements of a change, another may take the caller's right: row level security is then the first to
 * know.
 */
function refuse(error: unknown): never {
  if (sqlState(error) !== '42501') throw error;
  throw new AppError('forbidden', 'Your rights in this channel were changed meanwhile.', { cause: error });
}
