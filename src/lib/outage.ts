/** The methods of a logger that are needed. */
interface Log {
  info(text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

interface OutageOptions {
  readonly logger: Log;
  readonly level?: 'warn' | 'error';
  /** The failure and its consequence, for the log. */
  readonly failing: string;
  readonly healed: string;
}

/** Logs work that is tried again and again: its first failure and the success after it, once per outage. */
export class Outage {
  readonly #options: OutageOptions;
  #isDown = false;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  failed(error: unknown, facts: object = {}): void {
    const { logger, level = 'warn', failing } = this.#options;
    if (!this.#isDown) logger[level]({ ...facts, err: error }, failing);
    this.#isDown = true;
  }

  passed(): void {
    if (this.#isDown) this.#options.logger.info(this.#options.healed);
    this.#isDown = false;
  }
}
