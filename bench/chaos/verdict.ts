import type { Database } from '../../src/db/connection/open.ts';
import type { PublisherRecord } from './clients/publishers.ts';
import type { Subscriber } from './clients/subscriber.ts';
import { type Committed, committed, type Journal } from './journal.ts';

/** The counts of what was found wrong; everything but `told` and `repeated` has to be 0. */
export interface Verdict {
  /** Committed in these channels. */
  readonly publications: number;
  /** Committed or acknowledged, and some reader never had it, nor was told; summed over readers. */
  readonly lost: number;
  /** In the log twice, or in it after a rollback. */
  readonly duplicated: number;
  /** Out of the log's order on a connection, out of its publisher's order in the log, or another content. */
  readonly disordered: number;
  /** Times a reader was told that a range is gone. */
  readonly told: number;
  /** Publications that readers dropped because they knew them. */
  readonly repeated: number;
}

/** A reader, as far as it is examined. */
export type Examined = Pick<Subscriber, 'places' | 'keys' | 'told' | 'disordered' | 'repeated'>;

/** Compares what readers saw and publishers were promised with what Postgres holds. */
export async function examine(
  database: Database,
  readers: readonly Examined[],
  record: PublisherRecord,
  journal: Journal,
  mayTell: boolean,
): Promise<Verdict> {
  const channels = [...new Set(readers.flatMap((reader) => [...reader.places.keys()]))];
  const truth = await committed(database, channels);
  const entries = await database.query<{ channel: string; key: string }>(
    'select channel, key from chaos_entries where channel = any($1)',
    [channels],
  );
  journal.verify(truth);
  const sum = (of: (reader: Examined) => number) => readers.reduce((total, reader) => total + of(reader), 0);
  const told = sum((reader) => reader.told);
  const missed = sum((reader) => missedBy(reader, truth, entries));
  return {
    publications: truth.length,
    // If nothing was taken out of the log, being told that something is gone is a loss as well.
    lost: missed + unlogged(record, truth) + (mayTell ? 0 : told),
    duplicated: repeatedIn(truth) + truth.filter(({ key }) => key && record.rolledBack.has(key)).length,
    disordered: sum((reader) => reader.disordered) + journal.mismatched + outOfTurn(record, truth),
    told,
    repeated: sum((reader) => reader.repeated),
  };
}

function missedBy(
  reader: Examined,
  truth: readonly Committed[],
  entries: readonly { channel: string; key: string }[],
): number {
  const publications = truth.filter(
    (each) => reader.places.has(each.channel) && !reader.places.get(each.channel)?.accounts(each),
  );
  // A row that an application committed reaches a reader as a publication or, after a loss it was told of, in a snapshot.
  const rows = entries.filter(({ channel, key }) => reader.places.has(channel) && !reader.keys.has(key));
  return publications.length + rows.length;
}

/** Acknowledged publications that are not in the log. */
function unlogged({ acknowledged }: PublisherRecord, truth: readonly Committed[]): number {
  const keys = new Set(truth.map(({ key }) => key));
  const places = new Set(truth.map(({ channel, offset }) => `${channel} ${offset}`));
  return acknowledged.filter(({ channel, offset, key }) =>
    key === undefined ? !places.has(`${channel} ${offset}`) : !keys.has(key),
  ).length;
}

function repeatedIn(truth: readonly Committed[]): number {
  const keys = truth.flatMap(({ key }) => (key === undefined ? [] : [key]));
  const ids = truth.map(({ id }) => id);
  return keys.length - new Set(keys).size + ids.length - new Set(ids).size;
}

/** Acknowledged publications that stand in the log before one the same publisher had made earlier. */
function outOfTurn({ acknowledged }: PublisherRecord, truth: readonly Committed[]): number {
  const promised = new Set(acknowledged.map(({ key }) => key));
  const last = new Map<string, number>();
  let count = 0;
  for (const { channel, epoch, key } of truth) {
    if (key === undefined || !promised.has(key)) continue;
    const [publisher = '', turn = '0'] = key.split('.');
    const line = `${channel}@${epoch} ${publisher}`;
    if ((last.get(line) ?? -1) > Number(turn)) count += 1;
    last.set(line, Number(turn));
  }
  return count;
}
