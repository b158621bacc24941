import { Outage } from '../lib/outage.ts';
import type { Logger } from '../logger.ts';
import { channelSegments } from '../protocol/wire/channel-name.ts';
import { canaryChannel } from './control/canary.ts';
import { controlChannel } from './control/control.ts';
import type { EventLog, Retention } from './ports/event-log.ts';

/** Publications removed in one statement: few enough that nobody waits for it. */
const stepSize = 1_000;
/** Names noted at most; beyond it every channel is looked at instead. */
const maxNoted = 100_000;

/** The retention of the engine's own channels, which all processes share: nobody looks far back at them. */
const internal: readonly (readonly [channel: string, Retention])[] = [
  [canaryChannel, { ageMs: 3_600_000, count: 100 }],
  [controlChannel, { ageMs: 24 * 3_600_000, count: 10_000 }],
];

interface PrunerDeps {
  readonly log: EventLog;
  readonly retentions: ReadonlyMap<string, Retention>;
  /** Channels with readers in this process that have no publication. */
  readonly idle: () => readonly string[];
  readonly logger: Logger;
}

/**
 * Removes what is over its retention, in small steps; all processes may do so at once. Only a channel that was published
 * on can have more than it may, so each process looks at those it has published on since the last time, and once, at its
 * first run, at all: publications that another process left behind when it died.
 */
export class Pruner {
  readonly #deps: PrunerDeps;
  readonly #outage: Outage;
  /** Undefined: every channel. */
  #published: Set<string> | undefined;
  #running = false;

  constructor(deps: PrunerDeps) {
    this.#deps = deps;
    this.#outage = new Outage({
      logger: deps.logger,
      failing: 'what is over its retention cannot be removed; will retry',
      healed: 'what is over its retention is removed again',
    });
  }

  /** Notes that something was published on the channel. */
  note(channel: string): void {
    if (this.#published && this.#published.size >= maxNoted) this.#published = undefined;
    this.#published?.add(channel);
  }

  /** One pass at a time. Never rejects; what fails is made up for at the next. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const published = this.#published;
    this.#published = new Set();
    try {
      const byNamespace = published && Map.groupBy(published, (channel) => channelSegments(channel)[0]);
      for (const [namespace, retention] of this.#deps.retentions) {
        await this.#prune(namespace, retention, []);
      }
      for (const [namespace, retention] of this.#deps.retentions) {
        await this.#prune(namespace, retention, byNamespace && (byNamespace.get(namespace) ?? []));
      }
      for (const [channel, retention] of internal) await this.#prune(channel, retention, [channel]);
      await this.#forgetUnused();
      this.#outage.passed();
    } catch (error) {
      this.#outage.failed(error);
      this.#published = published && this.#published?.union(published);
    }
    this.#running = false;
  }

  async #prune(namespace: string, retention: Retention, channels?: readonly string[]): Promise<void> {
    const { log, logger } = this.#deps;
    let removed = 0;
    for (let step = stepSize; step === stepSize; removed += step) {
      step = await log.prune(namespace, retention, stepSize, channels);
    }
    if (removed > 0) logger.info({ namespace, removed }, 'pruned');
  }

  async #forgetUnused(): Promise<void> {
    const { log, idle } = this.#deps;
    const live = idle();
    while ((await log.forgetUnused(live, stepSize)) === stepSize);
  }
}
