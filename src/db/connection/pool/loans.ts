import type { Pool, PooledClient } from '../driver.ts';

/** The time for which a connection that nobody uses is kept out of the pool. Milliseconds. */
const keptMs = 20;

/** A client outside of the pool. */
export class Loan {
  readonly client: PooledClient;
  #failure: Error | undefined;

  constructor(client: PooledClient) {
    this.client = client;
    // A client that is lent out has no listener of the pool's, and an unheard error event ends the process.
    client.on('error', this.fail);
  }

  /** The first error that leaves the state of the protocol unknown. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  readonly fail = (error: unknown): void => {
    this.#failure ??= error instanceof Error ? error : new Error('connection lost');
  };

  /** Gives the client back to the pool, which closes one that failed. */
  end(): void {
    this.client.release(this.#failure);
    // The pool has put its own listener back by now.
    this.client.off('error', this.fail);
  }
}

/**
 * Lends the connections of a pool. One that was given back stays at hand for a moment: taking a client from the pool and
 * giving it back costs as much as a short statement, and statements follow one another.
 */
export class Loans {
  readonly #pool: Pool;
  #kept: Loan[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** A connection that is at hand. */
  take(): Loan | undefined {
    for (let loan = this.#kept.pop(); loan; loan = this.#kept.pop()) {
      if (!loan.failure) return loan;
      loan.end();
    }
    return undefined;
  }

  /** A connection of the pool. Rejects as `Pool.connect`. */
  async borrow(): Promise<Loan> {
    this.#waiting += 1;
    try {
      return new Loan(await this.#pool.connect());
    } finally {
      this.#waiting -= 1;
    }
  }

  giveBack(loan: Loan): void {
    // Somebody may wait for the place that a lost connection had.
    if (loan.failure || this.#waiting > 0) {
      loan.end();
      return;
    }
    this.#kept.push(loan);
    this.#timer ??= setTimeout(() => this.returnKept(), keptMs);
  }

  /** Gives back to the pool what nobody uses. */
  returnKept(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const kept = this.#kept;
    this.#kept = [];
    for (const loan of kept) loan.end();
  }
}
