import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { AppError } from '../../../errors.ts';
import { reviewCommand } from '../../../realtime/control/control.ts';
import { type Principal, servicePrincipal } from '../../../realtime/principal.ts';
import type { NewPublication } from '../../../realtime/publishing/new-publication.ts';
import { channelOf } from '../../../tracking/channels.ts';
import { asPrincipal } from '../../../tracking/principal.ts';
import { nowOf } from '../../../tracking/tracking.ts';
import { members } from '../channels.ts';
import { type Author, type Change, type Changed, carryOut, type GroupDeps } from './change.ts';
import { cursorOf, parseCursor } from './cursor.ts';
import type { GroupChannel, GroupRole, Member, MemberFilter, Membership } from './model.ts';
import { groupChannel } from './names.ts';
import { demand, governs, isMember, moderates, notMember, notModerator, notOwner } from './rights.ts';
import { type Found, find, findOpen } from './standing-service.ts';

/** The members of a group channel. Every change is published on the channel, and to the person on all their devices. */
export class MemberService {
  readonly #deps: GroupDeps;

  constructor(deps: GroupDeps) {
    this.#deps = deps;
  }

  /** In the order in which they joined; for members, and who leads the school. Throws `not_found`, `forbidden`. */
  list(channelId: string, { cursor, limit }: MemberFilter, principal: Principal) {
    const { database } = this.#deps.tracking;
    const after = parseCursor(cursor);
    return database.transaction(async (tx) => {
      const standing = await asPrincipal(tx, members, principal, () => find(tx, channelId, principal));
      demand(isMember(standing) || standing.supervises, notMember);
      const { rows } = await asPrincipal(tx, members, servicePrincipal, () =>
        tx.execute<MemberRow>(sql`select ${memberColumns} from public.realtime_channel_subscriptions
          where channel = ${groupChannel(channelId)} and ${isActive}
            and (${after === undefined} or (subscribed_at, user_id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? ''}))
          order by subscribed_at, user_id limit ${limit + 1}`),
      );
      const data = rows.slice(0, limit).map(memberOf);
      const last = data.at(-1);
      return { data, nextCursor: last && rows.length > limit ? cursorOf(last.joinedAt, last.userId) : null };
    });
  }

  /** For an open channel, or who leads the school. A member stays what they are. Throws `not_found`, `conflict`. */
  join(channelId: string, author: Author): Promise<Changed<Member>> {
    const { userId, service } = author.principal;
    demand(!service, 'A service is no member: call as a person.');
    return this.#changing(channelId, author, async (found, { tx, publish }, at) => {
      // A closed channel is only known to its members and to who leads the school.
      const known = await readMember(tx, channelId, userId);
      return known ?? putMember(tx, publish, { group: found.group, userId, role: 'member' }, at);
    });
  }

  /** Throws `not_found`, `conflict` for the last owner of a channel that has other members. */
  leave(channelId: string, author: Author): Promise<Changed<boolean>> {
    const { principal } = author;
    const { userId } = principal;
    return carryOut(this.#deps, author, async ({ tx, asCaller, asService, publish }) => {
      const { group, role } = await asCaller(() => find(tx, channelId, principal));
      if (role === null || principal.service) return false;
      return asService(() => this.#remove(tx, publish, group, userId));
    });
  }

  /**
   * Adds somebody of the school, by a moderator; an owner, or who leads the school, also gives roles. Throws `not_found`,
   * `forbidden`, `conflict`.
   */
  put(channelId: string, userId: string, role: GroupRole, author: Author): Promise<Changed<Member>> {
    return this.#changing(channelId, author, async (found, { tx, publish }, at) => {
      demand(moderates(found) || governs(found), notModerator);
      const known = await readMember(tx, channelId, userId);
      if (known?.role === role) return known;
      demand(governs(found) || (!known && role === 'member'), notOwner);
      if (known?.role === 'owner') await demandOtherOwner(tx, channelId, userId);
      if (!(await belongsTo(tx, userId, found.group.schoolId))) {
        throw new AppError('not_found', `There is no ${userId} at the school of this channel.`);
      }
      return putMember(tx, publish, { group: found.group, userId, role }, at);
    });
  }

  /** By a moderator; of owners and moderators by an owner. Throws `not_found`, `forbidden`, `conflict`. */
  remove(channelId: string, userId: string, author: Author): Promise<Changed<boolean>> {
    return this.#changing(channelId, author, async (found, { tx, publish }) => {
      const known = await readMember(tx, channelId, userId);
      if (userId !== author.principal.userId) {
        demand(moderates(found) || governs(found), notModerator);
        demand(governs(found) || known?.role !== 'owner', notOwner);
        demand(governs(found) || known?.role !== 'moderator', notOwner);
      }
      return known ? this.#remove(tx, publish, found.group, userId) : false;
    });
  }

  /**
   * Checks the caller's standing, then works as the service: what is written is another person's. Of two changes of the
   * members of a channel at once the second begins when the first is over, so that it finds who is a member.
   */
  #changing<T>(
    channelId: string,
    author: Author,
    work: (found: Found, change: Change, at: string) => Promise<T>,
  ): Promise<Changed<T>> {
    const { principal } = author;
    return carryOut(this.#deps, author, async (change) => {
      const found = await change.asCaller(() => findOpen(change.tx, channelId, principal));
      return change.asService(async () => {
        await change.tx.execute(sql`select from school.channels where id = ${channelId} for no key update`);
        return work(found, change, nowOf(this.#deps.tracking));
      });
    });
  }

  async #remove(
    tx: Drizzle,
    publish: Change['publish'],
    group: GroupChannel,
    userId: string,
  ): Promise<boolean> {
    await demandOtherOwner(tx, group.channelId, userId);
    const { rows } = await tx.execute(sql`update public.realtime_channel_subscriptions
      set unsubscribed_at = ${nowOf(this.#deps.tracking)}
      where channel = ${group.channel} and user_id = ${userId} and ${isActive} returning user_id`);
    if (rows.length === 0) return false;
    tell(publish, group, userId, null);
    publish(reviewCommand(userId));
    return true;
  }
}

interface MemberRow extends Record<string, unknown> {
  readonly userId: string;
  readonly role: GroupRole;
  readonly joinedAt: string;
}

const memberColumns = sql.raw('user_id as "userId", role, subscribed_at as "joinedAt"');
const isActive = sql.raw('role is not null and unsubscribed_at is null');
const memberOf = ({ userId, role, joinedAt }: MemberRow): Member => ({
  userId,
  role,
  joinedAt: new Date(joinedAt).toISOString(),
});

/** Locks the membership. As the service. */
async function readMember(tx: Drizzle, channelId: string, userId: string): Promise<Member | undefined> {
  const { rows } = await tx.execute<MemberRow>(sql`select ${memberColumns}
    from public.realtime_channel_subscriptions
    where channel = ${groupChannel(channelId)} and user_id = ${userId} and ${isActive} for update`);
  return rows[0] && memberOf(rows[0]);
}

/** Makes somebody a member, or gives a member another role. As the service. */
export async function putMember(
  tx: Drizzle,
  publish: (publication: NewPublication) => void,
  {
    group,
    userId,
    role,
  }: { readonly group: GroupChannel; readonly userId: string; readonly role: GroupRole },
  at: string,
): Promise<Member> {
  const { rows } = await tx.execute<MemberRow>(sql`
    insert into public.realtime_channel_subscriptions as s (user_id, channel, tenant_id, role, subscribed_at)
    values (${userId}, ${group.channel}, ${group.schoolId}, ${role}, ${at})
    on conflict (user_id, channel) do update set role = excluded.role, tenant_id = excluded.tenant_id,
      subscribed_at = case when s.role is null or s.unsubscribed_at is not null then excluded.subscribed_at else s.subscribed_at end,
      unsubscribed_at = null
    returning ${memberColumns}`);
  const [row] = rows;
  if (!row) throw new Error('The insert returned no membership.');
  tell(publish, group, userId, role);
  return memberOf(row);
}

function tell(
  publish: (publication: NewPublication) => void,
  { channelId, channel, schoolId, name }: GroupChannel,
  userId: string,
  role: GroupRole | null,
): void {
  publish({ channel, type: 'channelMember', data: { channelId, userId, role } });
  const data: Membership = { channelId, channel, schoolId, name, role };
  publish({ channel: channelOf(userId), type: 'channel_membership', data });
}

/** Owners are locked, so that of two who leave at once one stays. As the service. Throws `conflict`. */
async function demandOtherOwner(tx: Drizzle, channelId: string, userId: string): Promise<void> {
  const { rows } = await tx.execute<MemberRow>(sql`select ${memberColumns}
    from public.realtime_channel_subscriptions
    where channel = ${groupChannel(channelId)} and ${isActive} and role = 'owner' order by user_id for update`);
  const owners = rows.map(memberOf);
  if (!owners.some((each) => each.userId === userId) || owners.length > 1) return;
  const others = await tx.execute(sql`select from public.realtime_channel_subscriptions
    where channel = ${groupChannel(channelId)} and ${isActive} and user_id <> ${userId} limit 1`);
  if (others.rows.length > 0) throw new AppError('conflict', 'Make another member the owner first.');
}

/** Runs as the service. */
async function belongsTo(tx: Drizzle, userId: string, schoolId: string): Promise<boolean> {
  const { rows } = await tx.execute(sql`select from ${sql.raw(members)}
    where user_id = ${userId} and tenant_id = ${schoolId} limit 1`);
  return rows.length > 0;
}
