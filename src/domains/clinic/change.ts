import type { Drizzle } from '../../db/connection/open.ts';
import type { Publish, Publisher } from '../../db/publisher.ts';
import type { WriteStatement } from '../../db/writing/write.ts';
import type { WrittenAt } from '../../protocol/schemas/written.ts';
import { writtenAt } from '../../protocol/schemas/written.ts';
import { controlChannel } from '../../realtime/control/control.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { RequestKey } from '../../realtime/publishing/idempotency.ts';
import { allCases, casesOf, myCases, notices, noticesOf } from './channel-names.ts';
import { seesAll } from './statuses.ts';

/** The result of a write, and the positions of its publications. */
export interface Changed<T> extends WrittenAt {
  readonly data: T;
}

/** The answer of a route that writes. */
export const answered = async <T>(changed: Promise<Changed<T>>) =>
  ({ success: true, ...(await changed) }) as const;

export interface Author {
  readonly principal: Principal;
  readonly requestKey: RequestKey | undefined;
}

/** Runs a change in a transaction with its publications, once for each request key (R5). */
export async function carryOut<T>(
  publisher: Publisher,
  change: (tx: Drizzle, publish: Publish) => Promise<T>,
  { principal, requestKey: request }: Author,
): Promise<Changed<T>> {
  const published = await publisher.transaction(change, { request });
  return { data: published.result, ...writtenAt(published, wireNamesFor(principal)) };
}

/**
 * Changes a row and publishes it in one statement, once for each request key (R5). Throws what `refusal` returns where the
 * statement found no row that it may change.
 */
export function write<T>(
  publisher: Publisher,
  statement: WriteStatement,
  author: Author,
  refusal: () => Promise<Error> = async () => new Error('An insert returned no row.'),
): Promise<Changed<T>> {
  return writeOr<T>(publisher, statement, author, async () => {
    throw await refusal();
  });
}

/** The same; does `otherwise` where the statement found no row that it may change. */
export async function writeOr<T>(
  publisher: Publisher,
  statement: WriteStatement,
  { principal, requestKey }: Author,
  otherwise: () => Promise<Changed<T>>,
): Promise<Changed<T>> {
  const published = await publisher.write<T>(statement, requestKey);
  if (!published) return otherwise();
  return { data: published.result, ...writtenAt(published, wireNamesFor(principal)) };
}

/** Maps a channel of the log to its name on the wire, or to undefined where this identity does not read it. */
function wireNamesFor(principal: Principal): (channel: string) => string | undefined {
  const { userId } = principal;
  return (channel) => {
    if (channel === allCases) return seesAll(principal) ? channel : undefined;
    if (channel === casesOf(userId)) return myCases;
    if (channel === noticesOf(userId)) return notices;
    return isOfOthers(channel) ? undefined : channel;
  };
}

const isOfOthers = (channel: string) =>
  channel === controlChannel || channel.startsWith(`${myCases}:`) || channel.startsWith(`${notices}:`);
