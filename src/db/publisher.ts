import type { Position } from '../protocol/wire/position.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Appended, Draft } from '../realtime/ports/event-log.ts';
import type { RequestKey } from '../realtime/publishing/idempotency.ts';
import type { NewPublication, Receipt } from '../realtime/publishing/new-publication.ts';
import type { Database, Drizzle } from './connection/open.ts';
import type { PostgresEventLog } from './log/event-log.ts';
import { readSnapshot, type Snapshot } from './log/snapshot.ts';
import { appendInTransaction, type Committed } from './log/transaction.ts';
import type { Refusal, RowSource } from './triggers/row-source.ts';
import { type WriteStatement, writeInOne } from './writing/write.ts';

/** Publishes when the transaction commits, in the order of the calls. */
export type Publish = (publication: NewPublication) => void;

/** Appends at once, for rows of the same transaction that keep the offset; readers of the channels wait until the commit. */
export type AppendNow = (publications: readonly NewPublication[]) => Promise<readonly Appended[]>;

/** A transaction that has committed, and its publications, which are delivered. */
export interface Published<T> extends Committed<T> {
  /** Sessions of this process that the publications went to, added up. */
  readonly delivered: number;
}

export interface TransactionOptions {
  /** Makes a repeated request return the first result again; see `appendInTransaction`. */
  readonly request?: RequestKey | undefined;
  /**
   * Data over the limit is cut to what fits, with `truncated: true`, so that a large row never fails the change that it
   * tells of; or `refused` with `payload_too_large`, where the data is the caller's own.
   */
  readonly oversized?: 'cut' | 'refused';
}

/** A row that the database has, published as it stands there. */
export interface RowPublication extends Omit<NewPublication, 'data'> {
  readonly from: RowSource;
  readonly rowKey: string;
  /** Members beside the row's own. */
  readonly added?: Readonly<Record<string, unknown>>;
}

export interface PublisherDeps {
  readonly database: Database;
  readonly log: PostgresEventLog;
  readonly manager: Pick<RealtimeManager, 'drafts' | 'announce' | 'publish'>;
}

/**
 * The way by which the code of an application publishes: each method drafts, appends and delivers, so that no step can be
 * forgotten. Reads come with the position of their channels.
 */
export class Publisher {
  readonly #deps: PublisherDeps;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** For reads that need no position. */
  get db(): Drizzle {
    return this.#deps.database.db;
  }

  /** The zone in which timestamps without one are published. */
  get timestampZone(): string {
    return this.#deps.log.timestampZone;
  }

  /**
   * R5: runs `work` in a transaction, appends its publications right before the commit and delivers them afterwards.
   * Rejects with what `work` throws, and then nothing is written or published. `work` may run more than once.
   */
  async transaction<T>(
    work: (tx: Drizzle, publish: Publish, appendNow: AppendNow) => Promise<T>,
    { request, oversized = 'cut' }: TransactionOptions = {},
  ): Promise<Published<T>> {
    const { database, manager } = this.#deps;
    const draft = (publication: NewPublication): Draft =>
      oversized === 'cut' ? manager.drafts.ofChange(publication) : manager.drafts.of(publication);
    const committed = await appendInTransaction(
      database,
      (tx, append, appendNow) =>
        work(
          tx,
          (publication) => append(draft(publication)),
          (publications) => appendNow(publications.map(draft)),
        ),
      request,
    );
    return this.#deliver(committed);
  }

  /**
   * R5: changes a row and publishes it in one statement, one round trip (see `writeInOne`), and delivers afterwards.
   * Undefined where the statement found no row that it may change: the caller reads why. Data over the limit is cut, as
   * that of a transaction. Throws `idempotency_conflict`.
   */
  async write<T>(statement: WriteStatement, request?: RequestKey): Promise<Published<T> | undefined> {
    const { database, manager } = this.#deps;
    const { createId, maxBytes } = manager.drafts.options;
    const committed = await writeInOne<T>(database, statement, { createId, maxBytes, request });
    return committed && this.#deliver(committed);
  }

  /** Appends one publication and delivers it. Throws `payload_too_large`, `database_unavailable`. */
  publish(publication: NewPublication): Promise<Receipt> {
    return this.#deps.manager.publish(publication);
  }

  /**
   * Publishes rows in one round trip, which reads and appends them in one statement. Returns `missing` where one of the
   * rows is not there. Throws `payload_too_large`, `idempotency_conflict`.
   */
  async rows(publications: readonly RowPublication[]): Promise<Published<undefined> | Refusal> {
    const { log, manager } = this.#deps;
    const drafts = publications.map(({ from, rowKey, added = {}, ...rest }) => ({
      ...manager.drafts.of({ ...rest, data: added }),
      from,
      rowKey,
    }));
    const appended: Appended[] = [];
    let refusal: Refusal | undefined;
    for (const answer of await log.appendFrom(drafts)) {
      if (typeof answer === 'string') refusal = answer;
      else appended.push(answer);
    }
    const repeated = appended.every((each) => each.repeated);
    const published = this.#deliver({ result: undefined, publications: appended, repeated });
    return refusal ?? published;
  }

  /**
   * Publishes by a statement of the caller's own, which appends the drafts it is given, or some of them, together with
   * its rows; delivers what that returns. Throws `payload_too_large`.
   */
  async publishBy(
    publications: readonly NewPublication[],
    append: (drafts: readonly Draft[]) => Promise<readonly Appended[]>,
  ): Promise<Published<undefined>> {
    const drafts = publications.map((each) => this.#deps.manager.drafts.of(each));
    return this.#deliver({ result: undefined, publications: await append(drafts), repeated: false });
  }

  /** Throws `payload_too_large` for data that no publication could have. */
  checkSize(data: unknown): void {
    this.#deps.manager.drafts.of({ channel: '', type: '', data });
  }

  /** Rows, and where the channels stood at the moment that they show; see `readSnapshot`. */
  snapshot<T>(channels: readonly string[], read: (tx: Drizzle) => Promise<T>): Promise<Snapshot<T>> {
    return readSnapshot(this.#deps.database, this.#deps.log, channels, read);
  }

  /** Undefined for a channel that nothing was ever published on. Throws `database_unavailable`. */
  async head(channel: string): Promise<Position | undefined> {
    return (await this.#deps.log.heads([channel])).get(channel);
  }

  #deliver<T>(committed: Committed<T>): Published<T> {
    const receipts = this.#deps.manager.announce(committed.publications);
    return { ...committed, delivered: receipts.reduce((sum, { delivered }) => sum + delivered, 0) };
  }
}
