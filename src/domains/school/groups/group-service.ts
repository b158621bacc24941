import { eq, sql } from 'drizzle-orm';
import { sqlState } from '../../../db/connection/errors.ts';
import { createHead } from '../../../db/log/event-log.ts';
import { AppError } from '../../../errors.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { asPrincipal, withPrincipal } from '../../../tracking/principal.ts';
import { nowOf } from '../../../tracking/tracking.ts';
import { broadcasterRoles } from '../permissions.ts';
import { channels } from '../schema.ts';
import { schoolOf } from '../services/membership-service.ts';
import { type Author, type Changed, carryOut, type GroupDeps } from './change.ts';
import { cursorOf, parseCursor } from './cursor.ts';
import { putMember } from './member-service.ts';
import type { ChannelChange, ChannelFilter, GroupChannel, NewChannel } from './model.ts';
import { groupChannel } from './names.ts';
import { ownChannels, unreadInAll } from './own-channels-service.ts';
import { demand, governs, notOwner } from './rights.ts';
import { find, findOpen, groupOf } from './standing-service.ts';

/** Group channels of a school: who may know of one finds it here. */
export class GroupService {
  readonly #deps: GroupDeps;

  constructor(deps: GroupDeps) {
    this.#deps = deps;
  }

  /** The caller becomes its owner. Throws `forbidden`, `validation_failed` where the school has to be named. */
  async create({ schoolId: named, ...body }: NewChannel, author: Author): Promise<Changed<GroupChannel>> {
    const { tracking } = this.#deps;
    const { principal } = author;
    const { service, userId, role } = principal;
    demand(
      service === true || broadcasterRoles.some((each) => each === role),
      `This needs one of the roles ${broadcasterRoles.join(', ')}, or a service key.`,
    );
    const schoolId = named ?? (await schoolOf(tracking, principal));
    const channelId = crypto.randomUUID();
    const at = nowOf(tracking);
    const values = {
      description: '',
      visibility: 'open' as const,
      ...body,
      channelId,
      schoolId,
      createdBy: userId,
    };
    const group = groupOf({ ...values, createdAt: at, archivedAt: null });
    return carryOut(this.#deps, author, async ({ tx, asCaller, asService, publish }) => {
      // Without RETURNING: nobody is a member yet, so that a closed channel is seen by nobody.
      await asCaller(() =>
        tx
          .insert(channels)
          .values({ ...values, createdAt: at })
          .catch(refuse),
      );
      // The rows of members refer to the head of the channel in the log.
      await createHead(tx, groupChannel(channelId));
      const member = { group, userId, role: 'owner' as const };
      if (!service) await asService(() => putMember(tx, publish, member, at));
      publish({ channel: group.channel, type: 'channelCreated', data: group, sourceUserId: userId });
      return group;
    });
  }

  /** Throws `not_found`, `forbidden`, `conflict` for an archived channel. */
  update(channelId: string, change: ChannelChange, author: Author): Promise<Changed<GroupChannel>> {
    return this.#set(channelId, change, author);
  }

  /** No more is written to it; members still read it. Throws as `update`. */
  archive(channelId: string, author: Author): Promise<Changed<GroupChannel>> {
    return this.#set(channelId, { archivedAt: nowOf(this.#deps.tracking) }, author);
  }

  /** One channel, and the position to subscribe from. Throws `not_found`. */
  async read(channelId: string, principal: Principal) {
    const { publisher, tracking } = this.#deps;
    const { data, positions } = await publisher.snapshot([groupChannel(channelId)], (tx) =>
      asPrincipal(tx, tracking.members, principal, async () => {
        await find(tx, channelId, principal);
        const [own] = await ownChannels(tx, principal, sql`c.id = ${channelId}`, 1);
        if (!own) throw new AppError('not_found', `There is no channel ${channelId} for you.`);
        return own;
      }),
    );
    return { data, ...snapshotAt(positions) };
  }

  /** Returns the channels that the caller may know of, the newest first. */
  list({ schoolId, joined, cursor, limit }: ChannelFilter, principal: Principal) {
    return withPrincipal(this.#deps.tracking, principal, async (tx) => {
      const after = parseCursor(cursor);
      const found = await ownChannels(
        tx,
        principal,
        sql`c.archived_at is null
          and (${schoolId === undefined} or c.school_id = ${schoolId ?? ''})
          and (${joined !== true} or s.role is not null)
          and (${after === undefined} or (c.created_at, c.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? ''}))`,
        limit + 1,
      );
      const data = found.slice(0, limit);
      const last = data.at(-1);
      return {
        data,
        nextCursor: last && found.length > limit ? cursorOf(last.createdAt, last.channelId) : null,
        unread: await unreadInAll(tx),
      };
    });
  }

  #set(
    channelId: string,
    change: ChannelChange & { readonly archivedAt?: string },
    author: Author,
  ): Promise<Changed<GroupChannel>> {
    const { principal } = author;
    return carryOut(this.#deps, author, async ({ tx, asCaller, asService, publish }) => {
      demand(governs(await asCaller(() => findOpen(tx, channelId, principal))), notOwner);
      const group = await asService(async () => {
        const [row] = await tx
          .update(channels)
          .set(change)
          .where(eq(channels.channelId, channelId))
          .returning();
        if (!row) throw new AppError('not_found', `There is no channel ${channelId} for you.`);
        return groupOf(row);
      });
      const type = change.archivedAt === undefined ? 'channelUpdated' : 'channelArchived';
      publish({ channel: group.channel, type, data: group, sourceUserId: principal.userId });
      return group;
    });
  }
}

/** Row level security lets a person write a channel of a school of theirs. */
function refuse(error: unknown): never {
  const state = sqlState(error);
  if (state === '42501') throw new AppError('forbidden', 'This school is none of yours.', { cause: error });
  if (state === '23503') {
    throw new AppError('not_found', 'There is no such school.', { field: 'schoolId', cause: error });
  }
  throw error;
}
