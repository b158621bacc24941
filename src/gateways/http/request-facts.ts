import type { Problem } from '../../protocol/schemas/problem.ts';

import { callerName, type Principal, type ServiceScope } from '../../realtime/principal.ts';

/** The facts of a request that are known from its arrival on. */
export interface RequestFacts {
  /** Under which it stands in the log and in its answer. */
  readonly id: string;
  /** The value of `performance.now()` at its arrival. */
  readonly startedAt: number;
  /** The name of its sender, once identified. */
  caller?: string;
  /** True where the sender, as the operator, changes something or reads of people. */
  audited?: boolean;
}

/** Elysia's own context is gone when a request failed to match; the request itself is always there. */
export const requestFacts = new WeakMap<Request, RequestFacts>();

/** Paths at which operators read of people and contents. */
const showsPeople =
  /^\/api\/operate\/(?:users\/|why$|channels\/[^/]+\/publications$|dead-letters$|deliveries$)/;

/** Writes down who sent a request, and whether it changes or shows something that an audit asks for. */
export function noteCaller(request: Request, principal: Principal, scope: ServiceScope): void {
  const facts = requestFacts.get(request);
  if (!facts) return;
  facts.caller = callerName(principal);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  facts.audited = scope === 'operate' && (!isRead || showsPeople.test(new URL(request.url).pathname));
}

export type Faults = NonNullable<Problem['errors']>;

/** The fields and parameters of a request that its route does not know, where there are any. */
export const unknownOf = new WeakMap<Request, Faults>();
