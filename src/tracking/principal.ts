import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/connection/open.ts';
import type { Publish } from '../db/publisher.ts';
import type { WrittenAt } from '../protocol/schemas/written.ts';
import { writtenAt } from '../protocol/schemas/written.ts';
import type { Principal } from '../realtime/principal.ts';
import type { Tracking } from './tracking.ts';

/**
 * A transaction that sees and writes what this principal may, as the role `tambuli_app`, which can bypass no policy. Of
 * the tenants of the principal those count that `members` knows of this user in this role; without any all of them.
 * `work` may run more than once (see `Database.transaction`).
 */
export function withPrincipal<T>(
  tracking: Pick<Tracking, 'database' | 'members'>,
  principal: Principal,
  work: (tx: Drizzle) => Promise<T>,
): Promise<T> {
  return tracking.database.transaction(async (tx) => {
    await enter(tx, tracking.members, principal);
    return work(tx);
  });
}

const refused = { oversized: 'refused' } as const;

type Publishing = Pick<Tracking, 'publisher' | 'members'>;
type PublishingWork<T> = (tx: Drizzle, publish: Publish) => Promise<T>;

/** Does as `withPrincipal`, and publishes in the same transaction (R5). */
export async function publishWithPrincipal<T>(
  tracking: Publishing,
  principal: Principal,
  work: PublishingWork<T>,
): Promise<T> {
  return (await positionedWithPrincipal(tracking, principal, work)).result;
}

/** Does as `publishWithPrincipal`, and returns the positions of the publications too. */
export async function positionedWithPrincipal<T>(
  { publisher, members }: Publishing,
  principal: Principal,
  work: PublishingWork<T>,
): Promise<{ readonly result: T; readonly written: WrittenAt }> {
  const published = await publisher.transaction(async (tx, publish) => {
    const before = await enter(tx, members, principal);
    const answer = await work(tx, publish);
    // The log is the engine's: it is appended to as the role that connected.
    await restore(tx, before);
    return answer;
  }, refused);
  return { result: published.result, written: writtenAt(published) };
}

/** Does a part of somebody's transaction as this principal; the rest goes on as the principal before. */
export async function asPrincipal<T>(
  tx: Drizzle,
  members: string,
  principal: Principal,
  work: () => Promise<T>,
): Promise<T> {
  const before = await enter(tx, members, principal);
  try {
    const result = await work();
    await restore(tx, before);
    return result;
  } catch (error) {
    // Fails where the transaction is already lost, which ends these settings too.
    await restore(tx, before).catch(() => undefined);
    throw error;
  }
}

const settings = [
  'tambuli.user_id',
  'tambuli.role',
  'tambuli.service',
  'tambuli.tenants',
  'tambuli.supervised',
  'tambuli.signature',
  'role',
] as const;

/** The settings before a change. */
type Before = Readonly<Record<string, string | null>>;

/** Transactions that are inside somebody's part; `tambuli_app` itself may not sign for another. */
const entered = new WeakSet<Drizzle>();

/** Everything is set for the transaction alone (SET LOCAL), which passes poolers. */
async function enter(tx: Drizzle, members: string, principal: Principal): Promise<Before> {
  const { userId, role, service } = principal;
  const read = settings.map((name, index) => sql`current_setting(${name}, true) as ${sql.raw(`s${index}`)}`);
  const before = entered.has(tx) ? await leave(tx, read) : undefined;
  const signed = sql`public.realtime_enter(${userId}, ${role}, ${tenantsWhere(members, principal, sql`addressed`)},
    ${tenantsWhere(members, principal, sql`supervises`)}, ${service ? 'on' : 'off'})`;
  // Evaluated in this order: the old settings are read first, and the role is taken when nothing is left to be signed.
  const parts = [...(before ? [] : read), signed, sql`set_config('role', 'tambuli_app', true)`];
  const { rows } = await tx.execute<Before>(sql`select ${sql.join(parts, sql`, `)}`);
  entered.add(tx);
  return before ?? rows[0] ?? {};
}

/** Returns the present settings, and goes on as the connecting role. */
async function leave(tx: Drizzle, read: readonly SQL[]): Promise<Before> {
  const parts = [...read, sql`set_config('role', 'none', true)`];
  const { rows } = await tx.execute<Before>(sql`select ${sql.join(parts, sql`, `)}`);
  return rows[0] ?? {};
}

async function restore(tx: Drizzle, before: Before): Promise<void> {
  const write = settings.map((name, index) => sql`set_config(${name}, ${before[`s${index}`] ?? ''}, true)`);
  await tx.execute(sql`select ${sql.join(write, sql`, `)}`);
  if (before[`s${settings.indexOf('role')}`] !== 'tambuli_app') entered.delete(tx);
}

function tenantsWhere(members: string, { userId, role, tenants, service }: Principal, flag: SQL): SQL {
  if (service) return sql`'{}'`;
  const among = tenants.length === 0 ? sql`true` : sql`tenant_id = any(${sql.param(tenants)}::text[])`;
  return sql`(select coalesce(array_agg(tenant_id), '{}')::text from ${sql.raw(members)}
    where user_id = ${userId} and role = ${role} and tenant_id is not null and ${flag} and ${among})`;
}
