import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';

/** Characters that may be under way to a server that does not answer; what comes on top is dropped. */
const maxInFlight = 16_777_216;

/** Publishes without ever making a caller wait, fail or hold memory for a server that is slow or away. */
export class RedisPublisher {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #sending = new Set<Promise<void>>();
  #waiting: (readonly [channel: string, message: string])[] = [];
  #inFlight = 0;
  #dropping = false;

  constructor(redis: Redis, log: Logger) {
    this.#redis = redis;
    this.#log = log;
  }

  get connected(): boolean {
    return this.#redis.status === 'ready' && !this.#dropping;
  }

  /** Everything said within a turn goes out in one write. */
  publish(channel: string, message: string): void {
    if (this.#redis.status !== 'ready') return;
    if (this.#inFlight + message.length > maxInFlight) {
      this.#drop('the server does not keep up');
      return;
    }
    this.#inFlight += message.length;
    this.#waiting.push([channel, message]);
    if (this.#waiting.length > 1) return;
    setImmediate(() => {
      const sending = this.#send(this.#waiting).finally(() => this.#sending.delete(sending));
      this.#waiting = [];
      this.#sending.add(sending);
    });
  }

  /** Resolves when what was published is at the server, or lost. */
  async flushed(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    await Promise.all(this.#sending);
  }

  async #send(messages: readonly (readonly [channel: string, message: string])[]): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const [channel, message] of messages) pipeline.publish(channel, message);
    try {
      const failed = (await pipeline.exec())?.find(([error]) => error)?.[0];
      if (failed) throw failed;
      this.#dropping = false;
    } catch (error) {
      // A lost connection is told by itself.
      if (this.#redis.status === 'ready') this.#drop((error as Error).message);
    } finally {
      for (const [, message] of messages) this.#inFlight -= message.length;
    }
  }

  #drop(reason: string): void {
    if (!this.#dropping)
      this.#log.warn(
        { reason },
        'broker could not announce publications; other processes find them by the comparison of heads',
      );
    this.#dropping = true;
  }
}
