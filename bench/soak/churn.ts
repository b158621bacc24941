import type { Random } from '../../test/support/random.ts';
import { hostileLives } from './lives/hostile-lives.ts';
import { httpLives } from './lives/http-lives.ts';
import { socketIoLives } from './lives/socket-io-lives.ts';
import { socketLives } from './lives/socket-lives.ts';
import { type Life, type World, within } from './world.ts';

export interface Tally {
  lived: number;
  /** Lives in which the server did not do what it should; what that was, the first few times. */
  failed: number;
  readonly failures: string[];
}

const lives: readonly Life[] = [...socketLives, ...socketIoLives, ...httpLives, ...hostileLives];
const shownFailures = 5;
/** Five polls of twenty seconds each are the longest. */
const longestLifeMs = 120_000;

/** Begins lives at an even rate until the signal; resolves when the last has ended. Never rejects. */
export async function churn(
  world: World,
  perSecond: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Tally>> {
  const tallies = new Map(lives.map(({ name }) => [name, { lived: 0, failed: 0, failures: [] } as Tally]));
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  let begun = 0;
  const begin = () => {
    const life = choose(world.random);
    const living = runLife(life, world, tallies.get(life.name));
    running.add(living);
    void living.then(() => running.delete(living));
  };
  const ended = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    for (const due = ((performance.now() - startedAt) * perSecond) / 1_000; begun < due; begun++) begin();
  }, 20);
  signal.addEventListener('abort', () => ended.resolve());
  await ended.promise;
  clearInterval(timer);
  await Promise.all(running);
  return tallies;
}

async function runLife({ live }: Life, world: World, tally: Tally | undefined): Promise<void> {
  if (!tally) return;
  tally.lived += 1;
  try {
    await within(longestLifeMs, 'its end', live(world));
  } catch (error) {
    tally.failed += 1;
    if (tally.failures.length < shownFailures) tally.failures.push(String(error).slice(0, 600));
  }
}

function choose(random: Random): Life {
  let rest = random() * lives.reduce((sum, { weight }) => sum + weight, 0);
  for (const life of lives) {
    rest -= life.weight;
    if (rest < 0) return life;
  }
  throw new Error('There is no way to live.');
}
