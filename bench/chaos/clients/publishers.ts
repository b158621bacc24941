import type { Database } from '../../../src/db/connection/open.ts';
import type { Random } from '../../../test/support/random.ts';
import { FrameConnection } from './frame-connection.ts';

export type PublisherKind = 'frame' | 'http' | 'sql';

interface Acknowledged {
  readonly kind: PublisherKind;
  readonly channel: string;
  /** The position that the server gave it; a transaction learns nothing of it. */
  readonly offset?: number;
  /** Absent for an HTTP broadcast: the server makes its data, which carries no key. */
  readonly key?: string;
}

/** The publications that publishers were promised, and those that they took back. */
export class PublisherRecord {
  readonly acknowledged: Acknowledged[] = [];
  readonly rolledBack = new Set<string>();
  readonly failed: Record<PublisherKind, number> = { frame: 0, http: 0, sql: 0 };

  count(kind: PublisherKind): number {
    return this.acknowledged.reduce((sum, each) => sum + (each.kind === kind ? 1 : 0), 0);
  }
}

export interface PublisherOptions {
  readonly name: string;
  readonly address: string;
  readonly channels: readonly string[];
  readonly database: Database;
  readonly record: PublisherRecord;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** The channel of the HTTP broadcasts. */
export const httpChannel = 'hearings';
const paceMs = 30;
const failurePauseMs = 100;

/** Publishes one after another, over a socket that comes back, until the signal. */
export async function publishFrames(options: PublisherOptions): Promise<void> {
  using connection = new FrameConnection(options.address, options.name);
  await publish('frame', options, async (key, channel) => {
    const position = await connection.publish(channel, { key });
    const offset = Number(position.split(':')[1]);
    return [{ kind: 'frame', channel, offset, key }];
  });
}

/** The broadcasts of another backend. */
export async function publishHttp(options: PublisherOptions): Promise<void> {
  await publish('http', options, async () => {
    const response = await fetch(`http://${options.address}/ws/broadcast/hearing`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"hearingId":123,"eventType":"updated"}',
      signal: AbortSignal.timeout(10_000),
    });
    const body = (await response.json()) as { channel: string; offset: number };
    if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(body)}`);
    return [{ kind: 'http', channel: body.channel, offset: body.offset }];
  });
}

/** Transactions that write rows of the application and publish them; one in five is rolled back. */
export async function publishSql(options: PublisherOptions): Promise<void> {
  const { database, random, record } = options;
  await publish('sql', options, async (key, channel) => {
    const other = pick(options.channels, random);
    const parts = [channel, other].map((name, part) => ({ channel: name, key: `${key}.${part}` }));
    const isRolledBack = random() < 0.2;
    await database
      .transaction(async (_, query) => {
        for (const entry of parts) {
          await query('insert into chaos_entries values ($1, $2)', [entry.channel, entry.key]);
          await query('select realtime_publish($1, $2, null, jsonb_build_object($3::text, $4::text))', [
            entry.channel,
            'chaos',
            'key',
            entry.key,
          ]);
        }
        if (isRolledBack) throw new RolledBack();
      })
      .catch((error: unknown) => {
        if (!(error instanceof RolledBack)) throw error;
        for (const entry of parts) record.rolledBack.add(entry.key);
      });
    return isRolledBack ? [] : parts.map((entry) => ({ kind: 'sql', ...entry }));
  });
}

class RolledBack extends Error {}

async function publish(
  kind: PublisherKind,
  { name, channels, random, signal, record }: PublisherOptions,
  attempt: (key: string, channel: string) => Promise<Acknowledged[]>,
): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    try {
      record.acknowledged.push(...(await attempt(`${name}.${n}`, pick(channels, random))));
    } catch {
      // Whether it was committed nobody knows: it may be in the log or not, and is not tried again.
      record.failed[kind] += 1;
      await Bun.sleep(failurePauseMs);
    }
    await Bun.sleep(paceMs * (0.5 + random()));
  }
}

function pick(channels: readonly string[], random: Random): string {
  return channels[Math.floor(random() * channels.length)] ?? '';
}
