import { type PageQuery, pageOf, placeIn } from '../../db/paging.ts';
import { AppError } from '../../errors.ts';
import { formatPosition } from '../../protocol/wire/position.ts';
import type { OperateDeps } from '../deps.ts';
import type { ProcessesAsked } from '../peers.ts';
import {
  type AwayRow,
  ageAfter,
  type ChannelRow,
  maxAway,
  readAway,
  readChannel,
  readChannels,
  readPublications,
} from './channel-reads.ts';
import { lagOf } from './lag.ts';
import type { ChannelView } from './model.ts';
import { countReaders, deviceKey, type LiveReaders, type ReadersAsked, readersHere } from './readers.ts';

/** Channels, their publications, and how far their readers are. */
export class ChannelService {
  readonly #deps: OperateDeps;
  readonly #asked: ProcessesAsked;

  constructor(deps: OperateDeps, asked: ProcessesAsked) {
    this.#deps = deps;
    this.#asked = asked;
    const { peers } = deps.manager;
    peers.answer<readonly string[]>('readers', (channels) => countReaders(deps, channels));
    peers.answer<ReadersAsked>('channel', (channel) => readersHere(deps, channel));
  }

  async list({ search, ...query }: PageQuery & { readonly search?: string }) {
    const page = await readChannels(this.#deps.database.db, search, query);
    const names = page.data.map(({ name }) => name);
    const { values, answered, silent } = await this.#asked.ask<Record<string, number>>('readers', names);
    const counts = [...values.values()];
    const data = page.data.map((row) => ({
      channel: row.name,
      position: formatPosition(row),
      updatedAt: row.updatedAt,
      perMinute: row.perMinute,
      readers: counts.reduce((sum, each) => sum + (each[row.name] ?? 0), 0),
    }));
    return { success: true as const, ...page, data, answered, silent };
  }

  async view(channel: string): Promise<ChannelView> {
    const { manager } = this.#deps;
    const { db } = this.#deps.database;
    // People who left a moment ago count too.
    await this.#deps.positions.write();
    const row = await readChannel(db, channel);
    if (!row) throw missing(channel);
    const away = await readAway(db, channel, row.epoch);
    const { values, answered, silent } = await this.#readers(row, away);
    const present = new Set([...values.values()].flatMap((each) => each.present));
    const gone = away
      .slice(0, maxAway)
      .filter(({ userId, deviceId }) => !present.has(deviceKey(userId, deviceId)));
    const lag = lagOf(row.offset, [...values.values()], gone, away.length > maxAway);
    const [furthest] = lag.furthest;
    const oldestMs = furthest ? await ageAfter(db, channel, furthest.offset) : null;
    return {
      success: true,
      channel,
      namespace: manager.namespaces.ofChannel(channel)?.pattern ?? null,
      position: formatPosition(row),
      oldestOffset: row.oldestOffset,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
      perMinute: row.perMinute,
      heads: Object.fromEntries(
        [...values].flatMap(([id, { served }]) => (served === undefined ? [] : [[id, served]])),
      ),
      lag: lag.dated(oldestMs),
      answered,
      silent,
    };
  }

  async publications(channel: string, { cursor, before, limit }: PageQuery & { readonly before?: number }) {
    const end = cursor === undefined ? before : Number(placeIn(cursor, ['bigint'])[0]);
    const found = await readPublications(this.#deps.database.db, channel, end, limit);
    if (!found) throw missing(channel);
    const page = pageOf(found.rows, limit, ({ offset }) => [String(offset)]);
    return { success: true as const, position: formatPosition(found.head), ...page };
  }

  #readers({ name, epoch, offset }: ChannelRow, away: readonly AwayRow[]) {
    const devices = away.map(({ userId, deviceId }) => deviceKey(userId, deviceId));
    const asked: ReadersAsked = { channel: name, epoch, head: offset, devices };
    return this.#asked.ask<LiveReaders>('channel', asked);
  }
}

const missing = (channel: string) =>
  new AppError(
    'not_found',
    `There is no channel ${channel}; /api/operate/channels lists those that there are.`,
  );
