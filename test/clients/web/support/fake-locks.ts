type Callback = (lock: Lock | null) => unknown;

interface Request {
  readonly options: LockOptions;
  readonly callback: Callback;
  readonly settle: { resolve(value: unknown): void; reject(error: unknown): void };
}

interface Held {
  readonly request: Request;
  isStolen: boolean;
}

/** Web Locks as the specification has them, as far as tabs of one browser use them: exclusive, with signals and stealing. */
export class FakeLocks {
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Request[]>();

  ofTab(): Pick<LockManager, 'request'> {
    const request = (name: string, ...args: [Callback] | [LockOptions, Callback]): Promise<unknown> => {
      const [options, callback] = args.length === 1 ? [{}, args[0]] : args;
      return new Promise((resolve, reject) => {
        const asked: Request = { options, callback, settle: { resolve, reject } };
        options.signal?.addEventListener('abort', () => {
          const queue = this.#waiting.get(name) ?? [];
          if (!queue.includes(asked)) return;
          this.#waiting.set(
            name,
            queue.filter((each) => each !== asked),
          );
          reject(new DOMException('Aborted.', 'AbortError'));
        });
        const held = this.#held.get(name);
        if (!held) return this.#grant(name, asked);
        if (!options.steal) {
          this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), asked]);
          return;
        }
        held.isStolen = true;
        held.request.settle.reject(new DOMException('Stolen.', 'AbortError'));
        this.#grant(name, asked);
      });
    };
    return { request } as Pick<LockManager, 'request'>;
  }

  #grant(name: string, request: Request): void {
    const held: Held = { request, isStolen: false };
    this.#held.set(name, held);
    queueMicrotask(() => {
      Promise.resolve(request.callback({ name, mode: 'exclusive' }))
        .then(request.settle.resolve, request.settle.reject)
        .finally(() => {
          if (held.isStolen) return;
          this.#held.delete(name);
          const [next, ...others] = this.#waiting.get(name) ?? [];
          this.#waiting.set(name, others);
          if (next) this.#grant(name, next);
        });
    });
  }
}
