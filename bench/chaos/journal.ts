import type { Database } from '../../src/db/connection/open.ts';
import type { Position } from '../../src/protocol/wire/position.ts';

/** Everything readers were given, written down once, so that each reader's copy can be compared with it. */
export class Journal {
  readonly #ids = new Map<string, (string | undefined)[]>();
  /** Publications of one place in a channel that were not the same for all readers, or not what the log holds. */
  mismatched = 0;

  note(channel: string, epoch: string, offset: number, id: string): void {
    const life = `${channel}@${epoch}`;
    let ids = this.#ids.get(life);
    if (!ids) {
      ids = [];
      this.#ids.set(life, ids);
    }
    ids[offset] ??= id;
    if (ids[offset] !== id) this.mismatched += 1;
  }

  /** Compares with what was really committed. */
  verify(truth: readonly Committed[]): void {
    for (const { channel, epoch, offset, id } of truth) {
      const noted = this.#ids.get(`${channel}@${epoch}`)?.[offset];
      if (noted !== undefined && noted !== id) this.mismatched += 1;
    }
  }
}

/** A publication that the log holds, or held before it was pruned or emptied. */
export interface Committed extends Position {
  readonly channel: string;
  readonly id: string;
  /** The key that the publisher gave it. */
  readonly key: string | undefined;
}

/** Tables of the test: what a fault takes out of the log, and an application's own rows. */
export const chaosTables = [
  `create table chaos_archive (channel text, epoch text, "offset" bigint, id text, key text)`,
  `create table chaos_entries (channel text, key text primary key)`,
];

const logged = (channels: string) =>
  `select p.channel, c.epoch, p."offset", p.id, p.data->>'key' as key
   from realtime_publications p join realtime_channels c on c.name = p.channel where ${channels}`;

/** Moves publications out of the log, as pruning does, and remembers them; `afterwards` runs in the same transaction. */
export async function archive(database: Database, condition: string, afterwards?: string): Promise<void> {
  await database.transaction(async (_, query) => {
    // In the order in which an append takes them; nothing is committed in between.
    await query('lock table realtime_channels, realtime_publications in access exclusive mode');
    await query(`insert into chaos_archive ${logged(condition)}`);
    await query(
      `delete from realtime_publications p using realtime_channels c where c.name = p.channel and ${condition}`,
    );
    if (afterwards) await query(afterwards);
  });
}

/** The truth about these channels, oldest first. */
export async function committed(database: Database, channels: readonly string[]): Promise<Committed[]> {
  const rows = await database.query<Committed & { offset: string | number }>(
    `select * from chaos_archive where channel = any($1) union all (${logged('p.channel = any($1)')}) order by 1, 2, 3`,
    [channels],
  );
  return rows.map((row) => ({ ...row, offset: Number(row.offset), key: row.key ?? undefined }));
}

/** The last offset of the log. */
export async function logHeads(
  database: Database,
  channels: readonly string[],
): Promise<Map<string, Position>> {
  const rows = await database.query<{ name: string; epoch: string; last_offset: string }>(
    'select name, epoch, last_offset from realtime_channels where name = any($1)',
    [channels],
  );
  return new Map(rows.map((row) => [row.name, { epoch: row.epoch, offset: Number(row.last_offset) }]));
}
