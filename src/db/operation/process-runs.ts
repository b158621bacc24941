import { Outage } from '../../lib/outage.ts';
import type { Logger } from '../../logger.ts';
import { isoTime } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';

/** The facts of a process that do not change while it runs. */
export interface ProcessFacts {
  readonly id: string;
  readonly version: string;
  readonly host: string;
  readonly pid: number;
}

/** Between two signs of life of a process that serves somebody. Milliseconds. */
export const runBeatMs = 60_000;
/** A process that serves nobody gives a sign of life at least this often. Milliseconds. */
const longestSilenceMs = 10 * runBeatMs;
const pruneAtOnce = 1_000;

const beatStatement = `
insert into public.realtime_process_runs as r (id, version, host, pid, started_at)
values ($1, $2, $3, $4, least(clock_timestamp(), to_timestamp($5::float8 / 1000)))
on conflict (id) do update set seen_at = clock_timestamp(), asleep_at = null`;

const sleepStatement =
  'update public.realtime_process_runs set seen_at = clock_timestamp(), asleep_at = clock_timestamp() where id = $1';

const endStatement =
  'update public.realtime_process_runs set seen_at = clock_timestamp(), ended_at = clock_timestamp() where id = $1';

const runsStatement = `
select id, version, host, pid, ${isoTime('started_at')} as "startedAt", ${isoTime('seen_at')} as "seenAt",
  ${isoTime('ended_at')} as "endedAt", asleep_at is not null as "isAsleep",
  ended_at is null and asleep_at is null and seen_at > now() - ${longestSilenceMs} * interval '1 millisecond' as "isLive"
from public.realtime_process_runs order by started_at desc, id desc limit $1`;

const pruneStatement = `delete from public.realtime_process_runs where ctid = any(array(
  select ctid from public.realtime_process_runs
  where seen_at < now() - interval '7 days' order by seen_at limit $1 for update skip locked))`;

/** Removes the runs of processes that were heard of a week ago for the last time, at most `limit`. */
export async function pruneRuns(query: Query, limit: number): Promise<void> {
  await query(pruneStatement, [limit]);
}

/** One life of a process. */
export interface ProcessRun extends ProcessFacts {
  readonly startedAt: string;
  readonly seenAt: string;
  /** Null while it runs, and of one that ended without a word. */
  readonly endedAt: string | null;
  /** Whether it serves nobody and says nothing (`IDLE_SLEEP_MS`); of one that ended, whether it did so asleep. */
  readonly isAsleep: boolean;
  /** Whether it is expected to answer. */
  readonly isLive: boolean;
}

/** The runs of all processes, the latest first. Throws `database_unavailable`. */
export function readRuns(query: Query, limit: number): Promise<readonly ProcessRun[]> {
  return query<ProcessRun>(runsStatement, [limit]);
}

/** Keeps the row of this process. Nothing waits for it: a database that is away gets it later. */
export class ProcessRunRecord implements AsyncDisposable {
  readonly #query: Query;
  readonly #facts: ProcessFacts;
  readonly #outage: Outage;
  /** By the clock of the process, since its first publications may be older than its row. Milliseconds since the Unix epoch. */
  readonly #startedAt = Date.now();
  /** The next sign of life, as long as it is not written. */
  #beating: Promise<void> | undefined;
  /** The statements that were begun, one after another: a process that wakes at once is not left asleep. */
  #written: Promise<void> = Promise.resolve();

  constructor(query: Query, facts: ProcessFacts, logger: Logger) {
    this.#query = query;
    this.#facts = facts;
    this.#outage = new Outage({
      logger,
      failing: 'this process is not written down; operators see it late',
      healed: 'this process is written down again',
    });
  }

  /** Gives a sign of life. Never rejects. */
  beat(): Promise<void> {
    const { id, version, host, pid } = this.#facts;
    this.#beating ??= this.#afterwards(beatStatement, [id, version, host, pid, this.#startedAt]).finally(
      () => {
        this.#beating = undefined;
      },
    );
    return this.#beating;
  }

  /** Says that the process falls asleep. The next sign of life ends it. Never rejects. */
  sleep(): Promise<void> {
    this.#beating = undefined;
    return this.#afterwards(sleepStatement, [this.#facts.id]);
  }

  /** Removes old runs. Never rejects. */
  prune(): Promise<void> {
    return this.#run(pruneStatement, [pruneAtOnce]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#afterwards(endStatement, [this.#facts.id]);
  }

  #afterwards(statement: string, values: readonly unknown[]): Promise<void> {
    this.#written = this.#written.then(() => this.#run(statement, values));
    return this.#written;
  }

  async #run(statement: string, values: readonly unknown[]): Promise<void> {
    try {
      await this.#query(statement, values);
      this.#outage.passed();
    } catch (error) {
      this.#outage.failed(error);
    }
  }
}
