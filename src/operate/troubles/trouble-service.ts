import { errorCodes } from '../../protocol/wire/codes.ts';
import type { Refusal as Remembered } from '../../realtime/trail/trail.ts';
import type { OperateDeps } from '../deps.ts';
import type { Answers, ProcessesAsked } from '../peers.ts';
import type { Refusal } from './model.ts';

const maxListed = 200;

interface Told {
  readonly refusals: Readonly<Record<string, number>>;
  readonly ended: Readonly<Record<string, number>>;
  readonly latest: readonly Refusal[];
}

/** Limits that were hit, and failures, in all processes. */
export class TroubleService {
  readonly #deps: OperateDeps;
  readonly #asked: ProcessesAsked;

  constructor(deps: OperateDeps, asked: ProcessesAsked) {
    this.#deps = deps;
    this.#asked = asked;
    deps.manager.peers.answer('limits', () => this.#tell(deps.trail.refusals.backwards()));
    deps.manager.peers.answer('errors', () => this.#tell(deps.trail.errors.backwards()));
  }

  async limits() {
    const answers = await this.#asked.ask<Told>('limits', {});
    const told = [...answers.values.values()];
    return {
      ...merged(answers),
      refusals: sum(told.map(({ refusals }) => refusals)),
      ended: sum(told.map(({ ended }) => ended)),
    };
  }

  async errors() {
    return merged(await this.#asked.ask<Told>('errors', {}));
  }

  async #tell(remembered: Iterable<Remembered>): Promise<Told> {
    const { refusals, ended } = await this.#deps.readNumbers();
    const { processId } = this.#deps.manager.peers;
    const latest = Iterator.from(remembered)
      .take(maxListed)
      .map((each) => refusalOf(processId, each))
      .toArray();
    return { refusals, ended, latest };
  }
}

function merged({ values, answered, silent }: Answers<Told>) {
  const data = [...values.values()]
    .flatMap(({ latest }) => latest)
    .sort((one, other) => (one.at > other.at ? -1 : 1))
    .slice(0, maxListed);
  return { success: true as const, data, answered, silent };
}

function refusalOf(processId: string, { at, code, ...about }: Remembered): Refusal {
  const { status, meaning } = errorCodes[code];
  return {
    at: new Date(at).toISOString(),
    processId,
    code,
    status,
    meaning,
    userId: about.userId ?? null,
    sessionId: about.clientId ?? null,
    transport: about.transport ?? null,
    channel: about.channel ?? null,
    route: about.route ?? null,
    requestId: about.requestId ?? null,
  };
}

function sum(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  }
  return total;
}
