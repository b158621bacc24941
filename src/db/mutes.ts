import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import type { Drizzle } from './connection/open.ts';

/** The kinds of notifications of one namespace that a user has muted. */
export interface Mutes {
  readonly everything: boolean;
  readonly kinds: string[];
}

/** A kind of notifications, whose words are the domain's, or `everything`. */
export const everything = Symbol('everything');
export type Muted = string | typeof everything;

/** Notifications are muted by their owner, in each personal namespace apart. */
export interface MuteOwner {
  readonly userId: string;
  readonly namespace: string;
}

const maxMutes = 100;

/**
 * The condition that a user has muted a kind, or everything, for the statement that stores the notification. `kind` is
 * null for a notification of no kind. A column in it must be qualified by its table.
 */
export function isMuted(
  { userId, namespace }: { readonly userId: string | SQL; readonly namespace: string },
  kind: SQL,
): SQL<boolean> {
  return sql<boolean>`exists (select from public.realtime_mutes mute where mute.user_id = (${userId})::text
    and mute.namespace = ${namespace}::text and mute.kind in ('', ${kind}))`;
}

export async function readMutes(db: Drizzle, { userId, namespace }: MuteOwner): Promise<Mutes> {
  const { rows } = await db.execute<{ readonly kind: string }>(sql`
    select kind from public.realtime_mutes where user_id = ${userId} and namespace = ${namespace} order by kind`);
  const kinds = rows.map(({ kind }) => kind);
  return { everything: kinds.includes(''), kinds: kinds.filter((kind) => kind !== '') };
}

/** Muting what is muted changes nothing. Throws `conflict` for more kinds than one user may mute. */
export async function mute(db: Drizzle, owner: MuteOwner, muted: Muted): Promise<Mutes> {
  const { userId, namespace } = owner;
  const kind = storedKind(muted);
  await db.execute(sql`
    insert into public.realtime_mutes (user_id, namespace, kind)
    select ${userId}, ${namespace}, ${kind}
    where ${kind} = '' or (
      select count(*) from public.realtime_mutes
      where user_id = ${userId} and namespace = ${namespace} and kind not in ('', ${kind})
    ) < ${maxMutes}
    on conflict do nothing`);
  const mutes = await readMutes(db, owner);
  if (muted === everything ? mutes.everything : mutes.kinds.includes(muted)) return mutes;
  throw new AppError('conflict', `${maxMutes} kinds are muted: unmute one of them, or mute everything.`);
}

/** Unmuting what is not muted changes nothing. A kind stays muted while everything is. */
export async function unmute(db: Drizzle, owner: MuteOwner, muted: Muted): Promise<Mutes> {
  const { userId, namespace } = owner;
  await db.execute(sql`delete from public.realtime_mutes
    where user_id = ${userId} and namespace = ${namespace} and kind = ${storedKind(muted)}`);
  return readMutes(db, owner);
}

/** No kind is an empty text. */
const storedKind = (muted: Muted) => (muted === everything ? '' : muted);
