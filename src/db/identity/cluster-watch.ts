import type { Logger } from '../../logger.ts';
import type { Query } from '../connection/connection.ts';
import { sqlState } from '../connection/errors.ts';
import { type Facts, readFacts } from './facts.ts';
import { look, renewEpochs } from './renewal.ts';

/**
 * Notices that the database is not the one that this process, or any process before it, last worked on: restored from a
 * dump, recovered to a point in time, a promoted standby, another branch. What was published between the copy and the
 * restore is gone, and offsets are given out a second time, so every channel gets a new epoch (R1): clients are told
 * `recovered: false`, never that they have everything.
 */
export class ClusterWatch {
  readonly #log: Logger;
  /** The furthest place in the write-ahead log seen, and when, by the database's clock in seconds. */
  #seen: { readonly wal: bigint; readonly at: number } | undefined;
  #onRenewed: () => void = () => undefined;
  /** Never rejects. */
  #renewing: Promise<void> = Promise.resolve();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Has `run` called after every renewal of this process. */
  onRenewed(run: () => void): void {
    this.#onRenewed = run;
  }

  /**
   * Looks on a connection before anything else is done on it, and renews where that is needed. Rejects with what the
   * database refuses; a database without our tables is left alone.
   */
  async check(query: Query): Promise<void> {
    try {
      if (await this.#look(query)) await this.#renewOnce(query);
    } catch (error) {
      if (!notThere.test(sqlState(error) ?? '')) throw error;
    }
  }

  /** Returns the renewal that is needed; undefined when none is. */
  async #look(query: Query): Promise<Change | undefined> {
    // Another connection may read a later place while this one waits for its answer.
    const before = this.#seen;
    const { wal, ...facts } = await readFacts(query);
    const found = await look(query, facts);
    if (!found) return undefined;
    const place = BigInt(wal ?? 0);
    // A copy of the files, put back under a process that has seen later ones.
    const wentBack = before !== undefined && place < before.wal && found.changedAt <= before.at;
    if (found.isOther || wentBack) return { facts, forced: wentBack };
    if (!this.#seen || place >= this.#seen.wal) this.#seen = { wal: place, at: found.at };
    return undefined;
  }

  /** Several connections of a process notice it at the same time; each goes on when it is done. */
  async #renewOnce(query: Query): Promise<void> {
    const renewing = this.#renewing.then(() => this.#renew(query));
    this.#renewing = renewing.catch(() => undefined);
    await renewing;
  }

  async #renew(query: Query): Promise<void> {
    const change = await this.#look(query);
    if (!change) return;
    const { facts, forced } = change;
    const channels = await renewEpochs(query, facts, forced);
    this.#seen = undefined;
    this.#log.warn(
      { channels, ...facts },
      'the database is another than before, or was restored; every channel has a new epoch',
    );
    this.#onRenewed();
  }
}

interface Change {
  readonly facts: Facts;
  readonly forced: boolean;
}

/** No table, no column, no right to them; a standby, which takes no writes. */
const notThere = /^(42P01|42703|42501|25006)$/;
