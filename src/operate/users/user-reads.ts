import { sql } from 'drizzle-orm';
import { isoTime } from '../../db/append-statements.ts';
import type { Database } from '../../db/connection/open.ts';
import { asOperator, hasTracking } from '../processes/overview-reads.ts';
import { readDeliveries } from '../queues/queue-reads.ts';
import type { UserView } from './model.ts';

const revocationStatement = `select ${isoTime('revoked_at')} as at from public.realtime_revocations where user_id = $1`;
const mutesStatement =
  'select namespace, kind from public.realtime_mutes where user_id = $1 order by namespace, kind limit 200';

/** The state of a person that the engine's own tables have. */
export async function readAccount(
  { query }: Database,
  userId: string,
): Promise<Pick<UserView, 'revokedAt' | 'mutes'>> {
  const [revocation] = await query<{ at: string }>(revocationStatement, [userId]);
  const mutes = await query<UserView['mutes'][number]>(mutesStatement, [userId]);
  return { revokedAt: revocation?.at ?? null, mutes };
}

interface PushRow extends Record<string, unknown> {
  readonly endpoint: string;
  readonly createdAt: string;
}

type PhoneRow = NonNullable<UserView['push']>[number] & Record<string, unknown>;

/** Tracked events of a person, and where they are pushed to; null where no events are tracked. Addresses stay here. */
export async function readTracked(
  database: Database,
  userId: string,
): Promise<Pick<UserView, 'inbox' | 'push'>> {
  if (!(await hasTracking(database.query))) return { inbox: null, push: null };
  return asOperator(database, async (tx) => {
    const latest = await readDeliveries(tx, { user: userId, limit: 10 });
    const { rows: counts } = await tx.execute<{ count: number }>(
      sql`select count from public.realtime_unread_counts where user_id = ${userId}`,
    );
    const { rows: push } = await tx.execute<PushRow>(sql`
      select endpoint, ${sql.raw(isoTime('created_at'))} as "createdAt" from public.realtime_push_subscriptions
      where user_id = ${userId} order by created_at desc limit 50`);
    const { rows: phones } = await tx.execute<PhoneRow>(sql`
      select 'fcm ' || platform as kind, app_version as version,
        ${sql.raw(isoTime('created_at'))} as "createdAt", ${sql.raw(isoTime('seen_at'))} as "seenAt"
      from public.realtime_devices where user_id = ${userId} order by seen_at desc limit 50`);
    const browsers = push.map(({ endpoint, createdAt }) => ({
      ...{ kind: URL.parse(endpoint)?.host ?? 'unknown', version: null },
      ...{ createdAt, seenAt: null },
    }));
    return {
      inbox: { unread: counts[0]?.count ?? 0, latest: latest.data },
      push: [...browsers, ...phones],
    };
  });
}
