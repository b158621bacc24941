import { keyConflict, type RequestKey } from '../../realtime/publishing/idempotency.ts';
import { keyLifetime } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';

export interface Once<T> {
  readonly result: T;
  /** True when the request was carried out before: `result` is that of the first time. */
  readonly repeated: boolean;
}

/**
 * Runs `work` in the caller's transaction, once for each request: its result, which is JSON, is stored with the key in
 * the same transaction, so that neither is ever without the other. A second request of the same key waits for the
 * first one's transaction; it runs `work` itself if that was rolled back. Throws `idempotency_conflict` for a known key
 * of another request. Without a key, `work` simply runs.
 */
export async function once<T>(
  query: Query,
  request: RequestKey | undefined,
  work: () => Promise<T>,
): Promise<Once<T>> {
  if (!request) return { result: await work(), repeated: false };
  const { scope, key, hash } = request;
  const [claimed] = await query(claimStatement, [scope, key, hash]);
  if (!claimed) {
    const [known] = await query<{ content_hash: string; answer: string }>(readStatement, [scope, key]);
    // Its lifetime ended between the two statements.
    if (!known) return once(query, request, work);
    if (known.content_hash !== hash) throw keyConflict();
    return { result: JSON.parse(known.answer) as T, repeated: true };
  }
  const result = await work();
  await query(keepStatement, [scope, key, JSON.stringify(result) ?? 'null']);
  return { result, repeated: false };
}

/** Waits for a transaction that has claimed the same key. Returns a row when the key is new, or its lifetime is over. */
const claimStatement = `
insert into public.realtime_idempotency_keys as k (channel, key, content_hash, created_at)
values ($1, $2, $3, clock_timestamp())
on conflict (channel, key) do update set content_hash = excluded.content_hash, created_at = excluded.created_at
where k.created_at <= now() - ${keyLifetime}
returning true as claimed`;

const readStatement = `select content_hash, answer::text from public.realtime_idempotency_keys
where channel = $1 and key = $2 and created_at > now() - ${keyLifetime}`;

const keepStatement =
  'update public.realtime_idempotency_keys set answer = $3::json where channel = $1 and key = $2';
