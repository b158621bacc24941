import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import { callerName, type Principal } from '../realtime/principal.ts';
import type { RequestKey } from '../realtime/publishing/idempotency.ts';

/** A validated request, as a route has it. */
export interface KeyedCall {
  readonly request: Request;
  /** The pattern of the path. */
  readonly route: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly params?: unknown;
  readonly body?: unknown;
}

/** Deeper bodies are refused by whatever publishes them. */
const maxDepth = 128;

/**
 * The key of a request that has an `Idempotency-Key`. A key belongs to a caller and a route; the parameters of the path
 * and the body have to be the same, in whatever order the members of objects stand.
 */
export function requestKeyOf(call: KeyedCall, principal: Principal): RequestKey | undefined {
  const key = call.headers['idempotency-key'];
  if (key === undefined) return undefined;
  const content = JSON.stringify(sorted([call.params ?? {}, call.body ?? null], maxDepth));
  return {
    scope: `${call.request.method} ${call.route} ${callerName(principal)}`,
    key,
    hash: createHash('sha256').update(content).digest('base64url'),
  };
}

function sorted(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) throw new AppError('payload_too_large', `A body may be nested ${maxDepth} levels deep.`);
  if (Array.isArray(value)) return value.map((item) => sorted(item, levels - 1));
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  // A list of pairs: an object would put keys that look like numbers first, and take `__proto__` for its prototype.
  return { members: members.map(([name, member]) => [name, sorted(member, levels - 1)]) };
}
