import type { Clock } from '../../lib/clock.ts';
import { Outage } from '../../lib/outage.ts';
import type { Logger } from '../../logger.ts';
import type { Query } from '../connection/connection.ts';

/** The place of a person in a channel when they were last connected. */
export interface LastPosition {
  /** The name in the log. */
  readonly channel: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly epoch: string;
  readonly offset: number;
  readonly transport: string;
  /** Milliseconds since the Unix epoch. */
  readonly seenAt: number;
}

/** From the first change to its writing: all that change meanwhile share the statements. Milliseconds. */
const gatherMs = 5_000;
const rowsAtOnce = 1_000;
/** The time in which the sessions of a forgotten user end in every process. Milliseconds. */
const forgottenMs = 60_000;
/** Positions that wait to be written; those after are not remembered. */
const maxWaiting = 50_000;

const writeStatement = `
insert into public.realtime_positions as p (channel, user_id, device_id, epoch, "offset", transport, seen_at)
select channel, user_id, device_id, epoch, "offset", transport, to_timestamp(seen_at / 1000)
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::float8[])
  as given(channel, user_id, device_id, epoch, "offset", transport, seen_at)
order by channel collate "C", user_id collate "C", device_id collate "C"
on conflict (channel, user_id, device_id) do update
set epoch = excluded.epoch, "offset" = excluded."offset", transport = excluded.transport, seen_at = excluded.seen_at
where p.seen_at <= excluded.seen_at
returning user_id, xmax = 0 as is_new`;

/** Rows of one person, and of those the ones of one channel: the names of devices are the word of their clients. */
export const maxPositions = 1_000;
export const maxDevices = 20;

const boundStatement = `
delete from public.realtime_positions where (channel, user_id, device_id) in (
  select channel, user_id, device_id from (
    select channel, user_id, device_id,
      row_number() over (partition by user_id order by seen_at desc, channel, device_id) as of_person,
      row_number() over (partition by user_id, channel order by seen_at desc, device_id) as of_channel
    from public.realtime_positions where user_id = any($1)
  ) kept where of_person > ${maxPositions} or of_channel > ${maxDevices})`;

const pruneStatement = `delete from public.realtime_positions where (channel, user_id, device_id) in (
  select channel, user_id, device_id from public.realtime_positions
  where seen_at < now() - interval '30 days' order by seen_at limit $1)`;

/** Removes positions of people who were away for a month, at most `limit`. */
export async function prunePositions(query: Query, limit: number): Promise<void> {
  await query(pruneStatement, [limit]);
}

/**
 * Writes the positions of sessions that ended, in batches and beside them: nothing waits for it, and a connection costs
 * the database nothing. Of each person the latest are kept. What a killed process had not written is not known.
 */
export class LastPositions implements AsyncDisposable {
  readonly #query: Query;
  readonly #clock: Clock;
  readonly #outage: Outage;
  #waiting = new Map<string, LastPosition>();
  /** People who were forgotten, and until when their sessions may still end. */
  readonly #forgotten = new Map<string, number>();
  #timer: Disposable | undefined;
  /** The writes that were begun, one after another. */
  #written: Promise<void> = Promise.resolve();

  constructor({
    query,
    clock,
    logger,
  }: { readonly query: Query; readonly clock: Clock; readonly logger: Logger }) {
    this.#query = query;
    this.#clock = clock;
    this.#outage = new Outage({
      logger,
      failing: 'positions of people who left cannot be written; operators see older ones',
      healed: 'positions of people who left are written again',
    });
  }

  note(position: LastPosition): void {
    const { channel, userId, deviceId } = position;
    if (this.#isForgotten(userId)) return;
    // Neither a channel nor the id of a device has a space in it.
    const key = `${channel} ${deviceId} ${userId}`;
    if (this.#waiting.size >= maxWaiting && !this.#waiting.has(key)) return;
    this.#waiting.set(key, position);
    this.#timer ??= this.#clock.after(gatherMs, () => {
      this.#timer = undefined;
      void this.write();
    });
  }

  /** Writes no position of this user that is known now, or that a session leaves which ends within a minute. */
  async forget(userId: string): Promise<void> {
    this.#forgotten.set(userId, this.#clock.monotonic() + forgottenMs);
    for (const [key, position] of this.#waiting) if (position.userId === userId) this.#waiting.delete(key);
    // A write under way may hold some.
    await this.#written;
  }

  #isForgotten(userId: string): boolean {
    if (this.#forgotten.size === 0) return false;
    const now = this.#clock.monotonic();
    for (const [each, until] of this.#forgotten) if (until <= now) this.#forgotten.delete(each);
    return this.#forgotten.has(userId);
  }

  /** Removes what is over a month old. Never rejects. */
  async prune(): Promise<void> {
    try {
      await prunePositions(this.#query, rowsAtOnce);
    } catch (error) {
      this.#outage.failed(error);
    }
  }

  /** Writes what waits, after the writes before. Never rejects. */
  write(): Promise<void> {
    this.#written = this.#written.then(() => this.#writeAll());
    return this.#written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.write();
  }

  async #writeAll(): Promise<void> {
    const rows = [...this.#waiting.values()];
    this.#waiting = new Map();
    try {
      for (let from = 0; from < rows.length; from += rowsAtOnce) {
        const batch = columnsOf(rows.slice(from, from + rowsAtOnce));
        const written = await this.#query<Written>(writeStatement, batch);
        const grown = new Set(written.filter((row) => row.is_new).map((row) => row.user_id));
        if (grown.size > 0) await this.#query(boundStatement, [[...grown]]);
      }
      this.#outage.passed();
    } catch (error) {
      // They are of use to an operator alone, and the next end of a session brings newer ones.
      this.#outage.failed(error);
    }
  }
}

interface Written {
  readonly user_id: string;
  /** It was not there before. */
  readonly is_new: boolean;
}

function columnsOf(rows: readonly LastPosition[]): readonly unknown[] {
  const columns = ['channel', 'userId', 'deviceId', 'epoch', 'offset', 'transport', 'seenAt'] as const;
  return columns.map((column) => rows.map((row) => row[column]));
}
