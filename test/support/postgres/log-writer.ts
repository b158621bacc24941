import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { appendInTransaction, publishLater } from '../../../src/db/log/transaction.ts';
import { startOutboxRelay } from '../../../src/db/outbox/outbox-relay.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/logger.ts';
import { type Random, seededRandom } from '../random.ts';
import { openTestDatabase } from './database.ts';

/**
 * A process with a log, a relay and several publishers that write at random: `log-writer.ts <database> <process>
 * <publishers> <publications> <seed>`. Prints a JSON list of {@link Work} when it is done, and ends when its input does.
 */
export interface Work {
  readonly way: 'append' | 'transaction' | 'outbox';
  /** Sequential within it. */
  readonly publisher: string;
  readonly committed: boolean;
  /** Labels in the order they were published; the label is the publication's data. */
  readonly labels: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly start: number;
  readonly end: number;
}

class Rollback extends Error {}

const channels = Array.from({ length: 20 }, (_, n) => `channel:${n}`);
const [url = '', processName = '', publishers = '1', publications = '0', seed = '0'] = process.argv.slice(2);
await using database = await openTestDatabase(url, {
  poolSize: Number(publishers) + 2,
  queryTimeoutMs: 60_000,
});
const log = new PostgresEventLog(database);
await using _relay = startOutboxRelay({
  database,
  // Fewer than there are waiting, so that which come first matters.
  batchSize: 20,
  onMoved: () => undefined,
  clock: systemClock,
  log: createLogger('silent'),
});

const share = Number(publications) / Number(publishers);
const work = await Promise.all(
  Array.from({ length: Number(publishers) }, (_, n) =>
    publishAll(`${processName}.${n}`, share, seededRandom(Number(seed) + n)),
  ),
);
process.stdout.write(`${JSON.stringify(work.flat())}\n`);
for await (const _ of Bun.stdin.stream());

async function publishAll(publisher: string, count: number, random: Random): Promise<Work[]> {
  const done: Work[] = [];
  for (let written = 0; written < count; ) {
    const size = 1 + Math.floor(random() * 8);
    // Some forwards, some backwards, some of them twice.
    const picked = Array.from({ length: size }, () => channels[Math.floor(random() * 20)] ?? '').toSorted();
    if (random() < 0.5) picked.reverse();
    const drafts = picked.map((channel, n) => ({
      id: crypto.randomUUID(),
      channel,
      type: 'note',
      data: JSON.stringify(`${publisher}/${done.length}/${n}`),
    }));
    const start = Date.now();
    const chance = random();
    const way = chance < 0.5 ? 'append' : chance < 0.75 ? 'transaction' : 'outbox';
    const committed = await publish(way, drafts, random);
    const labels = drafts.map(({ data }) => JSON.parse(data) as string);
    done.push({ way, publisher, committed, labels, start, end: Date.now() });
    if (committed) written += size;
  }
  return done;
}

type Drafts = Parameters<PostgresEventLog['append']>[0];

/** Whether it was committed. */
async function publish(way: Work['way'], drafts: Drafts, random: Random): Promise<boolean> {
  const late = random() < 0.1 ? random() * 20 : 0;
  const fails = random() < 0.2;
  try {
    if (way === 'append') {
      await log.append(drafts);
    } else if (way === 'transaction') {
      await appendInTransaction(database, async (_, publishNow) => {
        for (const draft of drafts) publishNow(draft);
        await Bun.sleep(late);
        if (fails) throw new Rollback();
      });
    } else {
      await database.transaction(async (tx) => {
        for (const { channel, type, data } of drafts)
          await publishLater(tx, { channel, type, data: JSON.parse(data) });
        await Bun.sleep(late);
        if (fails) throw new Rollback();
      });
    }
    return true;
  } catch (error) {
    if (error instanceof Rollback) return false;
    throw error;
  }
}
