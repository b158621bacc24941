import { type Static, Type } from '@sinclair/typebox';
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { Text, Word } from '../../../protocol/schemas/text.ts';
import { type Principal, servicePrincipal } from '../../../realtime/principal.ts';
import { withPrincipal } from '../../principal.ts';
import { realtimePushSubscriptions as table } from '../../schema/push-subscriptions.ts';
import type { Tracking } from '../../tracking.ts';

/** A subscription as `PushSubscription.toJSON()` of a browser returns it. */
export const PushSubscription = Type.Object({
  endpoint: Type.String({ ...Text(2_000), pattern: '^https?://[^\\s\\u0000-\\u001f]+$' }),
  keys: Type.Object({
    p256dh: Word(88, '^[A-Za-z0-9_-]{87}=?$'),
    auth: Word(24, '^[A-Za-z0-9_-]{22}(==)?$'),
  }),
  expirationTime: Type.Optional(
    Type.Union([Type.Number(), Type.Null()], {
      description: 'not kept: a browser that ended it is told of by the push service',
    }),
  ),
});
export type PushSubscription = Static<typeof PushSubscription>;

type Tables = Pick<Tracking, 'database' | 'members'>;

/** The most subscriptions of one person; the newest are kept. */
const maxSubscriptions = 20;

/** From now on this browser is the person's, whosever it was. Saying it again changes nothing. */
export function savePushSubscription(
  tracking: Tables,
  { userId }: Pick<Principal, 'userId'>,
  { endpoint, keys }: PushSubscription,
): Promise<void> {
  // The service writes it: the browser may have been another person's, whose row nobody else sees.
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const set = { userId, p256dh: keys.p256dh, auth: keys.auth };
    await tx
      .insert(table)
      .values({ endpoint, ...set })
      .onConflictDoUpdate({ target: table.endpoint, set: { ...set, createdAt: sql`clock_timestamp()` } });
    const kept = tx
      .select({ endpoint: table.endpoint })
      .from(table)
      .where(eq(table.userId, userId))
      .orderBy(desc(table.createdAt), table.endpoint)
      .offset(maxSubscriptions);
    await tx.delete(table).where(inArray(table.endpoint, kept));
  });
}

/** The browser of this person takes no more; no error when there is none such. */
export function removePushSubscription(
  tracking: Tables,
  { userId }: Pick<Principal, 'userId'>,
  endpoint: string,
): Promise<void> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    await tx.delete(table).where(and(eq(table.endpoint, endpoint), eq(table.userId, userId)));
  });
}

export function readPushSubscriptions(
  tracking: Tables,
  userId: string,
): Promise<readonly PushSubscription[]> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const rows = await tx.select().from(table).where(eq(table.userId, userId));
    return rows.map(({ endpoint, p256dh, auth }) => ({ endpoint, keys: { p256dh, auth } }));
  });
}
