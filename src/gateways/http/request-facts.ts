/** What is known of a request from its arrival on. */
export interface RequestFacts {
  /** Under which it stands in the log and in its answer. */
  readonly id: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
}

/** Elysia's own context is gone when a request failed to match; the request itself is always there. */
export const requestFacts = new WeakMap<Request, RequestFacts>();
