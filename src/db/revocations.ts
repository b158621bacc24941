import { createHash } from 'node:crypto';
import type { RevocationStore } from '../realtime/ports/revocation-store.ts';
import type { Query } from './connection/connection.ts';

// Rounded up, so that whatever was issued before the time is before the number too (R3).
const asMs = (column: string) => `ceil(extract(epoch from ${column}) * 1000)::float8`;

const revokeStatement = `
insert into public.realtime_revocations as r (user_id, revoked_at) values ($1, clock_timestamp())
on conflict (user_id) do update set revoked_at = greatest(r.revoked_at, excluded.revoked_at)
returning ${asMs('revoked_at')} as at`;

const concealStatement = `
with revoked as (delete from public.realtime_revocations where user_id = $1 returning revoked_at)
insert into public.realtime_revocations as r (user_id, revoked_at) select $2, revoked_at from revoked
on conflict (user_id) do update set revoked_at = greatest(r.revoked_at, excluded.revoked_at)`;

const readStatement = `select user_id, ${asMs('revoked_at')} as at from public.realtime_revocations`;

/** The revocations in Postgres; with the `query` of a transaction, as it sees and leaves them. */
export class PostgresRevocations implements RevocationStore {
  readonly #query: Query;

  constructor(query: Query) {
    this.#query = query;
  }

  /** The time is that of the statement, by the database's clock. */
  async revoke(userId: string): Promise<number> {
    const [row] = await this.#query<{ at: number }>(revokeStatement, [userId]);
    if (!row) throw new Error('The revocation was not answered with its time.');
    return row.at;
  }

  async read(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#query<{ user_id: string; at: number }>(readStatement);
    return new Map(rows.map((row) => [row.user_id, row.at]));
  }

  async conceal(userId: string): Promise<void> {
    await this.#query(concealStatement, [userId, this.concealed(userId)]);
  }

  concealed(userId: string): string {
    return `sha256:${createHash('sha256').update(userId).digest('hex')}`;
  }
}
