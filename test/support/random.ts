/** A number from 0 to 1, 1 excluded. The same seed gives the same numbers. */
export type Random = () => number;

/** The environment variable that repeats the random numbers of an earlier run. */
export const seedVariable = 'TEST_SEED';

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The one seed of this run: the environment's, or a new one, which is printed. */
export function runSeed(): number {
  known ??= givenSeed() ?? freshSeed();
  return known;
}

let known: number | undefined;

function givenSeed(): number | undefined {
  const text = process.env[seedVariable];
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > mostSeed) throw new Error(`${seedVariable} is not a seed: ${text}`);
  return seed;
}

/** Leaves room for the numbers that are added to it. */
const mostSeed = 2 ** 31;

function freshSeed(): number {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  process.stderr.write(`random numbers: ${seedVariable}=${seed % mostSeed}\n`);
  return seed % mostSeed;
}
