import { type ProcessRun, readRuns } from '../db/operation/process-runs.ts';
import { AppError } from '../errors.ts';
import type { OperateDeps } from './deps.ts';

/** The longest wait for the other processes, and that while one is known to be silent. Milliseconds. */
const waitMs = 1_500;
const deafMs = 500;
/** The list of processes is read again after this. Milliseconds. */
const freshMs = 2_000;
/** Runs that are looked at. */
export const maxRuns = 100;

/** The replies of the processes. */
export interface Answers<Value> {
  readonly values: ReadonlyMap<string, Value>;
  readonly answered: string[];
  readonly silent: string[];
}

/** Asks all processes of the deployment. One that did not answer is hardly waited for until it gives a sign of life. */
export class ProcessesAsked {
  readonly #deps: Pick<OperateDeps, 'database' | 'manager' | 'clock'>;
  /** By id, the sign of life after which the process did not answer. */
  readonly #deaf = new Map<string, string>();
  #known: { readonly at: number; readonly runs: Promise<readonly ProcessRun[] | undefined> } | undefined;

  constructor(deps: Pick<OperateDeps, 'database' | 'manager' | 'clock'>) {
    this.#deps = deps;
  }

  /** All runs; undefined while the database cannot be reached. */
  runs(): Promise<readonly ProcessRun[] | undefined> {
    const { clock, database } = this.#deps;
    const now = clock.monotonic();
    if (!this.#known || now - this.#known.at >= freshMs) {
      this.#known = { at: now, runs: readRuns(database.query, maxRuns).catch(nothing) };
    }
    return this.#known.runs;
  }

  async ask<Value>(kind: string, parameters: unknown): Promise<Answers<Value>> {
    const { peers } = this.#deps.manager;
    const runs = await this.runs();
    const live = runs?.filter(({ isLive, id }) => isLive && id !== peers.processId);
    const isDeaf = live?.some(({ id, seenAt }) => this.#deaf.get(id) === seenAt);
    const expected = live?.map(({ id }) => id);
    const answers = await peers.ask(kind, parameters, { expected, waitMs: isDeaf ? deafMs : waitMs });
    const values = new Map<string, Value>();
    for (const answer of answers) {
      if ('value' in answer) values.set(answer.processId, answer.value as Value);
    }
    for (const { id, seenAt } of live ?? []) {
      if (answers.some(({ processId }) => processId === id)) this.#deaf.delete(id);
      else this.#deaf.set(id, seenAt);
    }
    const silent = (live ?? []).map(({ id }) => id).filter((id) => !values.has(id));
    return { values, answered: [...values.keys()], silent };
  }
}

/** The lists of operators are shown without the runs while the database is away. */
function nothing(error: unknown): undefined {
  if (AppError.from(error).code === 'internal') throw error;
  return undefined;
}
