import { type Random, seededRandom } from '../support/random.ts';
import { insideIn } from './inside.ts';
import { pick } from './mutate.ts';

/** The reply to one case, or for several that went over one connection. */
export interface Answer {
  /** The status of HTTP; 0 for frames and for requests given up by the client. */
  readonly status: number;
  /** All of it: head, body, frames. */
  readonly text: string;
}

/** One way into the server. A new one is a line in the table that `runFuzz` is given. */
export interface Entry<Case = unknown> {
  readonly name: string;
  /** Its share of the cases, relative to the others'. */
  readonly weight: number;
  /** One frame or request; the same numbers give the same case. */
  generate(random: Random): Case;
  /** Rejects when something was not answered that has to be. */
  send(cases: readonly Case[], random: Random): Promise<readonly Answer[]>;
}

export interface FuzzOptions {
  readonly entries: readonly Entry[];
  /** Decides every case; which of them meet in the server at the same time is not decided. */
  readonly seed: number;
  /** Frames and requests. */
  readonly count: number;
  /** Texts that must not come back. */
  readonly secrets: readonly string[];
}

const batchSize = 100;
const concurrency = 8;

/** Sends `count` cases. Rejects at the first answer that shows a fault, with the seed and the cases of its batch. */
export async function runFuzz({ entries, seed, count, secrets }: FuzzOptions): Promise<void> {
  const table = entries.flatMap((entry) => Array<Entry>(entry.weight).fill(entry));
  let next = 0;
  const work = async () => {
    while (next * batchSize < count) {
      const batch = next++;
      const random = seededRandom(seed + batch);
      const entry = pick(random, table);
      const cases = Array.from({ length: batchSize }, () => entry.generate(random));
      const found = await faultOf(entry, cases, random, secrets);
      if (found === undefined) continue;
      next = Number.POSITIVE_INFINITY;
      const sent = found.cases.map((each) => JSON.stringify(each).slice(0, 300)).join('\n');
      throw new Error(`seed ${seed}, batch ${batch}, ${entry.name}: ${found.fault}\nSent:\n${sent}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/** A fault, and the cases that it may be due to. */
async function faultOf(
  entry: Entry,
  cases: readonly unknown[],
  random: Random,
  secrets: readonly string[],
): Promise<{ fault: string; cases: readonly unknown[] } | undefined> {
  try {
    const answers = await entry.send(cases, random);
    for (const [index, answer] of answers.entries()) {
      const fault = faultIn(answer, secrets);
      if (fault) return { fault, cases: answers.length === cases.length ? [cases[index]] : cases };
    }
  } catch (error) {
    return { fault: String(error), cases };
  }
  return undefined;
}

function faultIn({ status, text }: Answer, secrets: readonly string[]): string | undefined {
  const shown = text.slice(0, 1_000);
  if (status >= 500 || text.includes('"code":"internal"')) return `an internal error: ${shown}`;
  const inside = insideIn(text);
  if (inside) return `text from inside: ${inside}`;
  return secrets.some((secret) => text.includes(secret))
    ? `what belongs to somebody else: ${shown}`
    : undefined;
}
