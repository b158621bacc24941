import { AppError } from '../../../src/errors.ts';
import type { EventLog } from '../../../src/realtime/ports/event-log.ts';
import type { Ledger } from './ledger.ts';

/** Something the engine waits for: what happens first, and when it is told. */
interface Call {
  readonly name: string;
  /** Sees the state of this moment. Absent once it has happened. */
  happen: (() => void) | undefined;
  readonly tell: () => void;
  readonly fail: () => void;
}

/** The calls of the engine that are under way. Each happens, and is told later, when the test says so. */
export class Calls {
  readonly #waiting: Call[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** The result is that of the moment in which the call happens. */
  make<T>(name: string, happen: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: T;
    this.#waiting.push({
      name,
      happen: () => {
        result = happen();
      },
      tell: () => resolve(result),
      fail: () => reject(new AppError('database_unavailable', `${name} failed.`)),
    });
    return promise;
  }

  /** The next step of one call: it happens, then it is told. */
  step(index: number): void {
    const call = this.#waiting[index % this.#waiting.length];
    if (!call) return;
    if (call.happen) {
      call.happen();
      call.happen = undefined;
    } else {
      this.#remove(call);
      call.tell();
    }
  }

  /** Both steps of one call. */
  finish(index: number): void {
    const call = this.#waiting[index % this.#waiting.length];
    if (!call) return;
    call.happen?.();
    this.#remove(call);
    call.tell();
  }

  /** The call fails. A join never does. */
  fail(index: number): void {
    const call = this.#waiting[index % this.#waiting.length];
    if (!call || call.name === 'join') return;
    this.#remove(call);
    call.fail();
  }

  #remove(call: Call): void {
    this.#waiting.splice(this.#waiting.indexOf(call), 1);
  }
}

/** The event log of one channel over the ledger; it returns at most `pageSize` publications at once. */
export function scriptedLog(ledger: Ledger, calls: Calls, pageSize: number): EventLog {
  return {
    append: () => Promise.reject(new Error('the test commits in the ledger')),
    head: () => calls.make('head', () => ledger.head),
    heads: (channels) => calls.make('heads', () => new Map(channels.map((name) => [name, ledger.head]))),
    read: (_channel, after, limit) =>
      calls.make('read', () => ({
        head: ledger.head,
        publications: ledger.read(after, Math.min(limit, pageSize)),
      })),
    prune: () => Promise.resolve(0),
    forgetUnused: () => Promise.resolve(0),
  };
}
