import { AppError } from '../../errors.ts';
import type { Position } from '../../protocol/wire/position.ts';
import type { Query } from '../connection/connection.ts';
import { Batching } from './batching/batching.ts';
import { type HeadRow, openChannels } from './unused-channels.ts';

const headsStatement =
  'select name, epoch, last_offset from public.realtime_channels where name = any($1::text[])';

/** Channels in one statement. */
const openedAtOnce = 5_000;

/** The heads of channels, made where there are none. All that are asked for at the same time share a statement. */
export class Heads {
  readonly #query: Query;
  readonly #batches: Batching<string, Position | AppError>;

  constructor(query: Query) {
    this.#query = query;
    this.#batches = new Batching({
      run: (names) => this.#open(names),
      costOf: () => 1,
      maxCost: openedAtOnce,
    });
  }

  async open(channel: string): Promise<Position> {
    const [head] = await this.#batches.ask([channel]);
    if (!head || head instanceof AppError)
      throw head ?? new Error('The heads were read without that of a channel.');
    return head;
  }

  async #open(channels: readonly string[]): Promise<readonly (Position | AppError)[]> {
    const heads = new Map<string, Position>();
    let failure: AppError | undefined;
    for (let missing = [...new Set(channels)]; missing.length > 0 && !failure; ) {
      try {
        note(heads, await openChannels(this.#query, missing));
        missing = missing.filter((name) => !heads.has(name));
      } catch (error) {
        // A database that takes no writes still knows the channels that were opened before.
        if (!takesNoWrites(error)) throw error;
        failure = error;
        for (const [name, head] of await readHeads(this.#query, missing)) heads.set(name, head);
      }
    }
    return channels.map(
      (name) => heads.get(name) ?? failure ?? new AppError('internal', `No head of ${name}.`),
    );
  }
}

const takesNoWrites = (error: unknown): error is AppError =>
  error instanceof AppError && /^database_(full|read_only)$/.test(error.code);

/** Returns the heads as the caller's transaction sees them; see `EventLog.heads`. */
export async function readHeads(
  query: Query,
  channels: readonly string[],
): Promise<ReadonlyMap<string, Position>> {
  const heads = new Map<string, Position>();
  note(heads, await query<HeadRow>(headsStatement, [channels]));
  return heads;
}

function note(heads: Map<string, Position>, rows: readonly HeadRow[]): void {
  for (const { name, epoch, last_offset: offset } of rows) heads.set(name, { epoch, offset: Number(offset) });
}
