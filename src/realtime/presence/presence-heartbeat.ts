import { Outage } from '../../lib/outage.ts';
import type { Logger } from '../../logger.ts';
import type { PresenceEntry, PresenceStore } from '../ports/presence-store.ts';

interface PresenceHeartbeatDeps {
  readonly store: PresenceStore;
  readonly logger: Logger;
  /** The store lost the entries of this process. */
  readonly onLost: () => void;
  /** The entries of this process that the store should hold. */
  readonly entries: () => readonly PresenceEntry[];
  /** Users left these channels without a word of their process, or are back in them. */
  readonly onChange: (channels: readonly string[]) => void;
}

/** Keeps the lease of this process, and the store in agreement with what the process has. */
export class PresenceHeartbeat {
  readonly #deps: PresenceHeartbeatDeps;
  readonly #outage: Outage;
  #beating = false;

  constructor(deps: PresenceHeartbeatDeps) {
    this.#deps = deps;
    this.#outage = new Outage({
      logger: deps.logger,
      failing: 'presence heartbeat failed; will retry',
      healed: 'presence heartbeat works again',
    });
  }

  /** To be called several times within `presenceLeaseMs`. Never rejects; the next beat makes up for a failure. */
  async beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    const { store, entries, onLost, onChange } = this.#deps;
    try {
      const { lost, left } = await store.beat();
      if (lost) onLost();
      const missing = lost ? entries() : [];
      // All entries are asked for in this turn, so a user that leaves meanwhile leaves after having entered. Each is
      // asked for alone, so that the store shares statements among them and a refused one holds up no other.
      const entering = await Promise.allSettled(missing.map((entry) => store.enter([entry])));
      onChange([...left, ...missing].map(({ channel }) => channel));
      const refused = entering.find((each) => each.status === 'rejected');
      if (refused) throw refused.reason;
      this.#outage.passed();
    } catch (error) {
      this.#outage.failed(error);
    }
    this.#beating = false;
  }
}
