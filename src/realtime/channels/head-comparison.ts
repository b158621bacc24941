import { Outage } from '../../lib/outage.ts';
import type { Logger } from '../../logger.ts';
import type { LiveChannels } from './live-channels.ts';

/** Compares the heads of all live channels with the log, which finds what a broker lost (R1). */
export class HeadComparison {
  readonly #channels: LiveChannels;
  readonly #outage: Outage;

  constructor(channels: LiveChannels, logger: Logger) {
    this.#channels = channels;
    this.#outage = new Outage({
      logger,
      failing: 'heads cannot be compared with the log; what a broker lost waits',
      healed: 'heads are compared again',
    });
  }

  /** Never rejects: a failure is logged, and the next comparison makes up for it. */
  async run(): Promise<void> {
    try {
      await this.#channels.checkHeads();
      this.#outage.passed();
    } catch (error) {
      this.#outage.failed(error);
    }
  }
}
