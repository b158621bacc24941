import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import type { Drizzle } from '../connection/open.ts';
import { jsonObject } from '../writing/row-statements.ts';

/** The user and session that hold a lease or wait for one. */
export interface LeaseOwner {
  readonly userId: string;
  /** The session with which it ends; of a program without one any name, and then only time ends it. */
  readonly sessionId: string;
}

export interface HeldLease extends LeaseOwner {
  /** ISO 8601; the holder has to renew before. */
  readonly expiresAt: string;
}

export interface Lease {
  readonly name: string;
  /** Fencing token of the present or the last holder; grows with every holder. */
  readonly token: number;
  /** Null while it is free. */
  readonly holder: HeldLease | null;
}

/** The time after which a lease, or a place in a queue, that is not renewed is over. Milliseconds. */
export const leaseMs = 30_000;
/** Within this the holder's next session may renew what its last one held. Milliseconds. */
export const leaseGraceMs = 10_000;

/** The locked row of a lease. */
export interface LockedLease {
  readonly lease: Lease;
  /** Somebody held it, and the time is over. */
  readonly isOver: boolean;
}

interface LeaseRow extends Record<string, unknown> {
  readonly name: string;
  /** bigint, which drivers give as text. */
  readonly token: string;
  readonly user_id: string | null;
  readonly session_id: string;
  readonly expires_at: string;
  readonly live: boolean;
}

const lifetime = sql.raw(`clock_timestamp() + interval '${leaseMs} milliseconds'`);
const isoExpiry = sql.raw(
  `to_char(l.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as expires_at`,
);
const columns = sql`l.name, l.token, l.user_id, l.session_id, ${isoExpiry},
  coalesce(l.expires_at > clock_timestamp(), false) as live`;

/** Locks the lease until the end of the transaction; what the caller reads of it and its queue stays true. */
export async function lockLease(tx: Drizzle, name: string): Promise<LockedLease> {
  return read(
    await one(
      tx,
      sql`insert into public.realtime_leases as l (name) values (${name})
        on conflict (name) do update set name = excluded.name returning ${columns}`,
    ),
  );
}

/** Locks one whose time is over and that nobody else is looking after. */
export async function lockExpired(tx: Drizzle): Promise<LockedLease | undefined> {
  const { rows } = await tx.execute<LeaseRow>(
    // The time of the transaction: an index can be asked for it, as it cannot for `clock_timestamp()`.
    sql`select ${columns} from public.realtime_leases l where l.expires_at <= now()
      order by l.expires_at limit 1 for update skip locked`,
  );
  return rows[0] && read(rows[0]);
}

/** The lease as it stands, without a lock. */
export async function readLease(db: Drizzle, name: string): Promise<Lease> {
  const { rows } = await db.execute<LeaseRow>(
    sql`select ${columns} from public.realtime_leases l where l.name = ${name}`,
  );
  return rows[0] ? read(rows[0]).lease : { name, token: 0, holder: null };
}

/** Gives a locked lease to the next in the queue who still waits, else to nobody. */
export async function grantNext(tx: Drizzle, name: string): Promise<Lease> {
  const { lease } = read(
    await one(
      tx,
      sql`with gone as (
          delete from public.realtime_lease_waiters where name = ${name} and expires_at <= clock_timestamp()
        ), next as (
          delete from public.realtime_lease_waiters where id = (
            select id from public.realtime_lease_waiters
            where name = ${name} and expires_at > clock_timestamp() order by id limit 1
          ) returning user_id, session_id
        )
        update public.realtime_leases l set token = l.token + (next.user_id is not null)::integer,
          user_id = next.user_id, session_id = next.session_id,
          expires_at = case when next.user_id is not null then ${lifetime} end
        from (select) one left join next on true where l.name = ${name} returning ${columns}`,
    ),
  );
  return lease;
}

/**
 * The parts of a statement that gives a lease to `owner` where nobody has it: then nobody awaits it either. It finds no row
 * where it has, or had until its time was over, a holder.
 */
export function granting(name: string, { userId, sessionId }: LeaseOwner) {
  return {
    change: sql`insert into public.realtime_leases as l (name, token, user_id, session_id, expires_at)
      select ${name}, 1, ${userId}, ${sessionId}, ${lifetime} from request
      on conflict (name) do update set token = l.token + 1, user_id = excluded.user_id,
        session_id = excluded.session_id, expires_at = excluded.expires_at
      where l.user_id is null returning ${columns}`,
    result: jsonObject({
      name: sql`changed.name`,
      token: sql`changed.token`,
      holder: jsonObject({
        userId: sql`changed.user_id`,
        sessionId: sql`changed.session_id`,
        expiresAt: sql`changed.expires_at`,
      }),
    }),
  };
}

/** Gives a locked lease that is free to its owner. */
export async function grant(tx: Drizzle, name: string, { userId, sessionId }: LeaseOwner): Promise<Lease> {
  const { lease } = read(
    await one(
      tx,
      sql`update public.realtime_leases l
        set token = l.token + 1, user_id = ${userId}, session_id = ${sessionId}, expires_at = ${lifetime}
        where l.name = ${name} returning ${columns}`,
    ),
  );
  return lease;
}

/**
 * Lets the holder go on, with this session from now on; undefined when the lease is not this user's under this token.
 */
export async function extend(
  tx: Drizzle,
  name: string,
  token: number,
  { userId, sessionId }: LeaseOwner,
): Promise<Lease | undefined> {
  const { rows } = await tx.execute<LeaseRow>(
    sql`update public.realtime_leases l set session_id = ${sessionId}, expires_at = ${lifetime}
      where l.name = ${name} and l.token = ${token} and l.user_id = ${userId}
        and l.expires_at > clock_timestamp() returning ${columns}`,
  );
  return rows[0] && read(rows[0]).lease;
}

/** Places in one queue that one person may have: as many as devices. */
const placesOfOne = 5;

/**
 * Takes or keeps a place in the queue of a locked lease; returns how many get it before, this one included. Throws
 * AppError `conflict` for a person who has enough places.
 */
export async function standInLine(tx: Drizzle, name: string, owner: LeaseOwner): Promise<number> {
  const stood = await tx.execute(
    sql`insert into public.realtime_lease_waiters (name, user_id, session_id, expires_at)
      select ${name}, ${owner.userId}, ${owner.sessionId}, ${lifetime} where (
        select count(*) from public.realtime_lease_waiters where name = ${name} and user_id = ${owner.userId}
          and session_id <> ${owner.sessionId} and expires_at > clock_timestamp()) < ${placesOfOne}
      on conflict (name, user_id, session_id) do update set expires_at = excluded.expires_at returning 1`,
  );
  if (stood.rows.length === 0) {
    throw new AppError(
      'conflict',
      `A person may have ${placesOfOne} places in the queue of a lease; give one back.`,
    );
  }
  const { rows } = await tx.execute<{ position: number }>(
    sql`select count(*)::integer as position from public.realtime_lease_waiters
      where name = ${name} and expires_at > clock_timestamp() and id <= (
        select id from public.realtime_lease_waiters
        where name = ${name} and user_id = ${owner.userId} and session_id = ${owner.sessionId})`,
  );
  return rows[0]?.position ?? 1;
}

/** Gives up a place in the queue; whether there was one. */
export async function leaveLine(tx: Drizzle, name: string, owner: LeaseOwner): Promise<boolean> {
  const { rows } = await tx.execute(
    sql`delete from public.realtime_lease_waiters
      where name = ${name} and user_id = ${owner.userId} and session_id = ${owner.sessionId} returning 1`,
  );
  return rows.length > 0;
}

async function one(tx: Drizzle, statement: SQL): Promise<LeaseRow> {
  const { rows } = await tx.execute<LeaseRow>(statement);
  if (!rows[0]) throw new Error('A lease was not answered with its row.');
  return rows[0];
}

function read({
  name,
  token,
  user_id: userId,
  session_id: sessionId,
  expires_at,
  live,
}: LeaseRow): LockedLease {
  const holder = live && userId !== null ? { userId, sessionId, expiresAt: expires_at } : null;
  return { lease: { name, token: Number(token), holder }, isOver: userId !== null && !live };
}
