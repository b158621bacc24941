import { Outage } from '../lib/outage.ts';
import type { Logger } from '../logger.ts';
import type { Entrance, PresenceStore } from './ports/presence-store.ts';

interface CensusDeps {
  readonly store: PresenceStore;
  readonly logger: Logger;
  /** What the store is to hold of this process. */
  readonly entrances: () => readonly Entrance[];
  /** Users left these channels without a word of their process, or are back in them. */
  readonly onChange: (channels: readonly string[]) => void;
}

/** Entries brought back in one statement. */
const entriesAtOnce = 500;

/** Keeps the lease of this process, and the store in agreement with what the process has. */
export class Census {
  readonly #deps: CensusDeps;
  readonly #outage: Outage;
  #beating = false;

  constructor(deps: CensusDeps) {
    this.#deps = deps;
    this.#outage = new Outage({
      logger: deps.logger,
      failing: 'presence heartbeat failed; will retry',
      healed: 'presence heartbeat works again',
    });
  }

  /** To be called several times within `presenceLeaseMs`. Never rejects; what fails is made up for at the next. */
  async beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    const { store, entrances, onChange } = this.#deps;
    try {
      const { lost, left } = await store.beat();
      const missing = lost ? entrances() : [];
      // All asked for in this turn: whoever leaves meanwhile leaves after having entered.
      const entering: Promise<unknown>[] = [];
      for (let from = 0; from < missing.length; from += entriesAtOnce) {
        entering.push(store.enter(missing.slice(from, from + entriesAtOnce)));
      }
      await Promise.all(entering);
      onChange([...left, ...missing].map(({ channel }) => channel));
      this.#outage.passed();
    } catch (error) {
      this.#outage.failed(error);
    }
    this.#beating = false;
  }
}
