import type { Database, Drizzle } from '../../db/connection/open.ts';
import { publishInTransaction } from '../../db/log/transaction.ts';
import type { WrittenAt } from '../../protocol/schemas/written.ts';
import { controlChannel } from '../../realtime/control/control.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Draft } from '../../realtime/ports/event-log.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { RequestKey } from '../../realtime/publishing/idempotency.ts';
import { writtenAt } from '../../realtime/publishing/written.ts';
import { allCases, casesOf, myCases, notices, noticesOf } from './rooms.ts';
import { seesAll } from './statuses.ts';

/** What a write returns, and where it was published. */
export interface Changed<T> extends WrittenAt {
  readonly data: T;
}

/** The answer of a route that writes. */
export const answered = async <T>(changed: Promise<Changed<T>>) =>
  ({ success: true, ...(await changed) }) as const;

interface Author {
  readonly principal: Principal;
  readonly requestKey: RequestKey | undefined;
}

/** Runs a change in a transaction with its publications, once for each request key, and delivers them (R5). */
export async function carryOut<T>(
  database: Database,
  manager: RealtimeManager,
  change: (tx: Drizzle, publish: (draft: Draft) => void) => Promise<T>,
  { principal, requestKey }: Author,
): Promise<Changed<T>> {
  const published = await publishInTransaction(database, change, requestKey);
  manager.announce(published.publications);
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
