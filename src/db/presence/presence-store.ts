import { AppError } from '../../errors.ts';
import {
  type Entered,
  type Member,
  type MemberList,
  type Presence,
  type PresenceEntry,
  type PresenceStore,
  presenceLeaseMs,
  type Told,
} from '../../realtime/ports/presence-store.ts';
import { HeldEntries } from '../../realtime/presence/held-entries.ts';
import type { Query } from '../connection/connection.ts';
import { Batching } from '../log/batching/batching.ts';
import {
  beatStatement,
  endStatement,
  enterStatement,
  leaveStatement,
  membersStatement,
  tellStatement,
} from './presence-statements.ts';

interface Options {
  readonly query: Query;
  /** The id of this process; never the same twice. */
  readonly id: string;
}

type Beat = Awaited<ReturnType<PresenceStore['beat']>>;

interface EnterRow {
  readonly created: boolean;
  readonly answer: Entered | 'again';
}

interface TellRow {
  readonly created: boolean;
  readonly elsewhere: number;
}

interface BeatRow {
  readonly renewed: boolean;
  readonly channel: string | null;
  readonly user_id: string;
}

interface MemberRow {
  readonly count: number;
  readonly user_id: string | null;
  readonly role: string;
  readonly since: number;
}

/** Entries in one statement, where they are not one caller's. */
const maxBatch = 500;

/**
 * Presence in Postgres. Callers share statements, see {@link Batching}; those of one user in one channel take effect in
 * the order they were asked for. `lost` follows a statement that was interrupted too.
 */
export class PostgresPresenceStore implements PresenceStore {
  readonly #query: Query;
  readonly #id: string;
  readonly #entering = batching((entries: readonly PresenceEntry[]) => this.#enter(entries));
  readonly #leaving = batching((presences: readonly Presence[]) => this.#leave(presences));
  readonly #entries = new HeldEntries();
  /**
   * Until the beat under way is over; until all that was to be entered is, too; until each that was to leave has
   * left.
   */
  #beating = Promise.resolve();
  #entered = Promise.resolve();
  readonly #left = new Map<string, Promise<void>>();

  constructor({ query, id }: Options) {
    this.#query = query;
    this.#id = id;
  }

  enter(entries: readonly PresenceEntry[]): Promise<readonly Entered[]> {
    // An entry that was left makes room for the next of the same user.
    const before = entries.map((entry) => this.#left.get(keyOf(entry)));
    const entered = Promise.all([this.#beating, ...before]).then(() => this.#entering.ask(entries));
    this.#entered = settled(this.#entered, entered);
    return entered;
  }

  tell(counts: readonly Told[]): Promise<readonly number[]> {
    if (counts.length === 0) return Promise.resolve([]);
    const told = this.#beating.then(() => this.#tell(counts));
    this.#entered = settled(this.#entered, told);
    return told;
  }

  async leave(presences: readonly Presence[]): Promise<readonly Presence[]> {
    const answers = this.#entered.then(() => this.#leaving.ask(presences));
    const left = settled(answers);
    for (const presence of presences) this.#left.set(keyOf(presence), left);
    await left;
    for (const presence of presences) {
      if (this.#left.get(keyOf(presence)) === left) this.#left.delete(keyOf(presence));
    }
    const ended = await answers;
    return presences.filter((_, index) => ended[index]);
  }

  async members(channel: string, limit: number): Promise<MemberList> {
    const rows = await this.#query<MemberRow>(membersStatement, [channel, limit], 'prepared');
    const members = rows.flatMap(({ user_id, role, since }): Member[] =>
      user_id === null ? [] : [{ userId: user_id, role, since }],
    );
    return { count: rows[0]?.count ?? 0, members };
  }

  beat(): Promise<Beat> {
    // This order loses every entry that was confirmed by then, and no other.
    const beat = settled(this.#entered, ...this.#left.values()).then(() => this.#beat());
    this.#beating = this.#entered = settled(beat);
    return beat;
  }

  /** Removes the entries of this process. If the database is away, they end with the lease. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#entries.state !== 'none') await settled(this.#query(endStatement, [this.#id]));
  }

  async #enter(entries: readonly PresenceEntry[]): Promise<readonly Entered[]> {
    const columns = [
      entries.map(({ channel }) => channel),
      entries.map(({ userId }) => userId),
      entries.map(({ role }) => role),
    ];
    const rows = await this.#change<EnterRow>(enterStatement, columns);
    this.#entries.move(rows[0]?.created ? 'created' : 'renewed');
    const raced = entries.filter((_, index) => rows[index]?.answer === 'again');
    const later = raced.length === 0 ? [] : [...(await this.#enter(raced))];
    return rows.map(({ answer }) => (answer === 'again' ? (later.shift() ?? 'known') : answer));
  }

  async #tell(counts: readonly Told[]): Promise<readonly number[]> {
    const columns = [
      counts.map(({ channel }) => channel),
      counts.map(({ userId }) => userId),
      counts.map(({ role }) => role),
      counts.map(({ count }) => count),
    ];
    const rows = await this.#change<TellRow>(tellStatement, columns);
    this.#entries.move(rows[0]?.created ? 'created' : 'renewed');
    return rows.map(({ elsewhere }) => elsewhere);
  }

  async #leave(presences: readonly Presence[]): Promise<readonly boolean[]> {
    const columns = [presences.map(({ channel }) => channel), presences.map(({ userId }) => userId)];
    const rows = await this.#change<{ last: number }>(leaveStatement, columns);
    const last = new Set(rows.map((row) => row.last - 1));
    return presences.map((_, index) => last.has(index));
  }

  async #beat(): Promise<Beat> {
    const values = [this.#id, presenceLeaseMs, this.#entries.state];
    const rows = await this.#query<BeatRow>(beatStatement, values, 'prepared');
    const lost = this.#entries.beaten(rows[0]?.renewed === true);
    const left = rows.flatMap(({ channel, user_id }): Presence[] =>
      channel === null ? [] : [{ channel, userId: user_id }],
    );
    return { lost, left };
  }

  async #change<Row extends object>(statement: string, columns: readonly unknown[]): Promise<Row[]> {
    try {
      return await this.#query<Row>(statement, [this.#id, ...columns], 'prepared');
    } catch (error) {
      if (error instanceof AppError) this.#entries.move('interrupted');
      throw error;
    }
  }
}

const keyOf = ({ channel, userId }: Presence) => `${channel} ${userId}`;

function batching<Item, Answer>(run: (items: readonly Item[]) => Promise<readonly Answer[]>) {
  return new Batching({ run, costOf: () => 1, maxCost: maxBatch });
}

async function settled(...work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
}
