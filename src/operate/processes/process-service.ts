import type { ProcessRun } from '../../db/operation/process-runs.ts';
import { AppError } from '../../errors.ts';
import type { OperateDeps } from '../deps.ts';
import type { Answers, ProcessesAsked } from '../peers.ts';
import type { Overview, ProcessItem, ProcessView } from './model.ts';
import { readDatabase, readToScreen } from './overview-reads.ts';
import { viewProcess } from './process-view.ts';

const question = 'process';
/** An overview is given to every caller again for so long, however many look. Milliseconds. */
const freshMs = 1_000;
/** A row of the outbox that waits longer than this is a trouble. Milliseconds. */
const lateMs = 5_000;

/** The processes of a deployment, and what they say of themselves. */
export class ProcessService {
  readonly #deps: OperateDeps;
  readonly #asked: ProcessesAsked;
  #latest: { readonly at: number; readonly overview: Promise<Overview> } | undefined;

  constructor(deps: OperateDeps, asked: ProcessesAsked) {
    this.#deps = deps;
    this.#asked = asked;
    deps.manager.peers.answer(question, () => viewProcess(deps));
  }

  async list() {
    const answers = await this.#asked.ask<ProcessView>(question, {});
    const { answered, silent } = answers;
    return { success: true as const, data: await this.#items(answers), answered, silent };
  }

  overview(): Promise<Overview> {
    const at = this.#deps.clock.monotonic();
    if (!this.#latest || at - this.#latest.at >= freshMs) {
      const overview = this.#overview();
      this.#latest = { at, overview };
      overview.catch(() => {
        this.#latest = undefined;
      });
    }
    return this.#latest.overview;
  }

  async #overview(): Promise<Overview> {
    const { manager, clock, database } = this.#deps;
    const [answers, state] = await Promise.all([
      this.#asked.ask<ProcessView>(question, {}),
      readDatabase(database.query, () => clock.monotonic()).catch(away),
    ]);
    const toScreen = state && (await readToScreen(database).catch(away));
    const items = await this.#items(answers);
    const processes = items.filter(({ state }) => state !== 'ended' && state !== 'vanished');
    const views = [...answers.values.values()];
    const [latest] = items;
    const troubles = troublesOf(processes, state);
    return {
      success: true,
      timestamp: new Date(clock.now()).toISOString(),
      processId: manager.peers.processId,
      verdict: troubles.length === 0 ? 'nothing lost' : 'look',
      troubles,
      processes,
      lastDeploy: latest ? { version: latest.version, startedAt: latest.startedAt } : null,
      totals: totalsOf(views),
      database: state,
      toScreen,
      answered: answers.answered,
      silent: answers.silent,
    };
  }

  async #items({ values }: Answers<ProcessView>): Promise<ProcessItem[]> {
    const runs = (await this.#asked.runs()) ?? [];
    const written = runs.map((run) => ({ ...itemOf(run, values.get(run.id)) }));
    const missing = [...values].filter(([id]) => !runs.some((run) => run.id === id));
    return [...missing.map(([id, self]) => this.#unwritten(id, self)), ...written];
  }

  /** A process that the database does not know yet, or cannot tell of. */
  #unwritten(id: string, self: ProcessView): ProcessItem {
    const { clock, trail, manager } = this.#deps;
    const now = new Date(clock.now()).toISOString();
    const isOwn = id === manager.peers.processId;
    const startedAt = isOwn ? new Date(trail.startedAt).toISOString() : now;
    return {
      id,
      version: '',
      host: '',
      pid: 0,
      startedAt,
      seenAt: now,
      endedAt: null,
      state: 'running',
      self,
    };
  }
}

function itemOf({ isLive, isAsleep, ...run }: ProcessRun, self: ProcessView | undefined): ProcessItem {
  const state = run.endedAt ? 'ended' : isAsleep ? 'asleep' : isLive ? 'silent' : 'vanished';
  return { ...run, state: self ? 'running' : state, self: self ?? null };
}

function troublesOf(processes: readonly ProcessItem[], database: Overview['database']): string[] {
  const troubles = processes.flatMap(({ id, state, self }) => {
    const name = `Process ${id.slice(-8)}`;
    if (!self) return state === 'silent' ? [`${name} does not answer.`] : [];
    return [
      ...(self.ready ? [] : [`${name} is not ready: ${self.notReady}.`]),
      ...(self.broker.connected ? [] : [`${name} has lost its broker, ${self.broker.name}.`]),
    ];
  });
  if (!database) return [...troubles, 'The database cannot be reached.'];
  const { outbox, deadLetters } = database;
  if ((outbox.oldestMs ?? 0) > lateMs) {
    troubles.push(
      `A publication has waited in the outbox for ${Math.round((outbox.oldestMs ?? 0) / 1_000)} s.`,
    );
  }
  if (deadLetters > 0) troubles.push(`${deadLetters} publications fit no channel; see the dead letters.`);
  return troubles;
}

function totalsOf(views: readonly ProcessView[]): Overview['totals'] {
  const sum = (of: (view: ProcessView) => number) => views.reduce((total, view) => total + of(view), 0);
  const sessions: Record<string, number> = {};
  for (const view of views) {
    for (const [name, count] of Object.entries(view.sessions)) sessions[name] = (sessions[name] ?? 0) + count;
  }
  return {
    connections: sum(({ connections }) => connections),
    sessions,
    subscriptions: sum(({ subscriptions }) => subscriptions),
    publications: sum(({ numbers }) => numbers.publications),
    deliveries: sum(({ numbers }) => numbers.deliveries),
    lost: sum(({ numbers }) => numbers.lost),
  };
}

/** An overview is shown also while the database is away. */
function away(error: unknown): null {
  if (AppError.from(error).code === 'internal') throw error;
  return null;
}
