import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { formatPosition } from '../../protocol/wire/position.ts';
import type { Exclusion } from '../../protocol/wire/publication.ts';
import type { ResolvedChannel } from '../../realtime/channels/namespace.ts';
import { sourceOf } from '../../realtime/client-publishing.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Draft, EventLog } from '../../realtime/ports/event-log.ts';
import { toUser } from '../../realtime/presence/presence-channel.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { NewPublication, Receipt as Published } from '../../realtime/publishing/new-publication.ts';
import { publicationKey } from '../../realtime/publishing/publication-key.ts';
import type { CallerRates } from '../callers/caller-rates.ts';
import {
  type BatchItem,
  type BatchReceipt,
  maxBatchDataBytes,
  type NewPublicationBody,
  type PresenceAnswer,
  type PublicationReceipt,
  type PublishBody,
  type PublishReceipt,
} from './model.ts';

export interface PublishingDeps {
  readonly manager: RealtimeManager;
  readonly log: EventLog;
  readonly rates: CallerRates;
  readonly clock: Clock;
}

/** The operations of other backends over HTTP: publishing, presence, and ending sessions. */
export class PublishingService {
  readonly #deps: PublishingDeps;

  constructor(deps: PublishingDeps) {
    this.#deps = deps;
  }

  async publish(principal: Principal, body: PublishBody, key: string | undefined): Promise<PublishReceipt> {
    const { manager } = this.#deps;
    if (body.ephemeral) return this.#whisper(principal, body, key);
    const destination = await this.#destination(principal, body);
    const { name } = destination;
    manager.namespaces.checkContent(destination, 'publications', body, principal);
    const published = await manager.publish(toPublication(principal, body, name, key));
    return { success: true, ...toReceipt(body.channel, published) };
  }

  /** All or none. A refusal names the first item that it is about. */
  async publishAll(
    principal: Principal,
    items: readonly BatchItem[],
    key: string | undefined,
  ): Promise<BatchReceipt> {
    // The request itself is counted already.
    this.#deps.rates.admit(principal, this.#deps.clock.monotonic(), items.length - 1);
    const { manager, log } = this.#deps;
    const drafts = await this.#drafts(principal, items, key);
    const bytes = drafts.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
    if (bytes > maxBatchDataBytes) {
      throw new AppError(
        'payload_too_large',
        `The data of a batch may have ${maxBatchDataBytes} bytes in all.`,
      );
    }
    const published = manager.announce(await log.append(drafts));
    const isRepeated = published.every(({ publication }) => publication.repeated);
    return {
      success: true,
      publications: published.map((each, index) => toReceipt(items[index]?.channel ?? '', each)),
      ...(isRepeated && { repeated: true }),
    };
  }

  async presence(principal: Principal, wireName: string): Promise<PresenceAnswer> {
    const { manager } = this.#deps;
    const { namespace, name } = await manager.namespaces.readable(wireName, principal);
    if (!namespace.presence) throw new AppError('not_found', 'This channel does not keep who is there.');
    const { count, members } = await manager.presence.list(name);
    return { channel: wireName, count, users: members.map(toUser) };
  }

  async disconnect(userId: string): Promise<{ success: true }> {
    await this.#deps.manager.control.disconnect(userId);
    return { success: true };
  }

  async revoke(userId: string): Promise<{ success: true; revokedAt: string }> {
    const at = await this.#deps.manager.control.revoke(userId);
    return { success: true, revokedAt: new Date(at).toISOString() };
  }

  async #whisper(principal: Principal, body: PublishBody, key: string | undefined): Promise<PublishReceipt> {
    const { manager } = this.#deps;
    if (key !== undefined) {
      throw new AppError(
        'validation_failed',
        'An ephemeral publication is in no log, so it takes no "Idempotency-Key".',
        { field: 'idempotency-key' },
      );
    }
    const channel = await this.#destination(principal, body, body.type);
    if (body.eventType !== undefined) {
      throw new AppError('validation_failed', 'An ephemeral frame has no "eventType"; leave it out.', {
        field: 'eventType',
      });
    }
    manager.namespaces.checkContent(channel, 'ephemeral', body, principal);
    const { channel: name, ...rest } = toPublication(principal, body, channel.name, undefined);
    manager.whisper({ ...rest, channel });
    const delivered = manager.channels.get(name)?.subscribers.size ?? 0;
    return { success: true, channel: body.channel, delivered };
  }

  async #drafts(
    principal: Principal,
    items: readonly BatchItem[],
    key: string | undefined,
  ): Promise<readonly Draft[]> {
    // A rule that asks the database is asked once for each channel.
    const destinations = new Map<string, ResolvedChannel>();
    const drafts: Draft[] = [];
    for (const [index, item] of items.entries()) {
      try {
        const place = JSON.stringify([item.channel, item.userId]);
        const destination = destinations.get(place) ?? (await this.#destination(principal, item));
        destinations.set(place, destination);
        this.#deps.manager.namespaces.checkContent(destination, 'publications', item, principal);
        const ownKey = item.idempotencyKey ?? (key && `${key}:${index}`);
        const publication = toPublication(principal, item, destination.name, ownKey);
        // A batch of another length is another request.
        const context = item.idempotencyKey === undefined && key && { idempotencyContext: `${items.length}` };
        drafts.push(this.#deps.manager.drafts.of({ ...publication, ...context }));
      } catch (error) {
        throw refusalOf(index, AppError.from(error));
      }
    }
    return drafts;
  }

  async #destination(
    principal: Principal,
    { channel, userId }: NewPublicationBody,
    ephemeralType?: string,
  ): Promise<ResolvedChannel> {
    const field = 'userId';
    if (userId !== undefined && !principal.service) {
      throw new AppError('forbidden', 'Only a service publishes to the channel of somebody else.', { field });
    }
    const owner = userId === undefined ? principal : { ...principal, userId };
    const { namespaces } = this.#deps.manager;
    const destination =
      ephemeralType === undefined
        ? await namespaces.writable(channel, owner)
        : await namespaces.whisperable(channel, owner, ephemeralType);
    const { personal = false } = destination.namespace;
    if (principal.service && personal !== (userId !== undefined)) {
      const message = personal
        ? 'This channel is personal: "userId" has to say whose.'
        : 'This channel is nobody’s own: it takes no "userId".';
      throw new AppError('validation_failed', message, { field });
    }
    return destination;
  }
}

/** `channel` is the name in the log. */
function toPublication(
  principal: Principal,
  { type, eventType, data, exclude }: NewPublicationBody,
  channel: string,
  key: string | undefined,
): NewPublication {
  return {
    channel,
    type,
    ...(eventType !== undefined && { eventType }),
    data,
    ...sourceOf(principal),
    ...(key !== undefined && { idempotencyKey: publicationKey(key, principal) }),
    ...(exclude && { exclude: toExclusion(exclude) }),
  };
}

function toExclusion({ userId, sessionId }: NonNullable<NewPublicationBody['exclude']>): Exclusion {
  return userId === undefined ? `session:${sessionId}` : `user:${userId}`;
}

function toReceipt(channel: string, { publication, delivered }: Published): PublicationReceipt {
  const { id, offset, repeated } = publication;
  return {
    id,
    channel,
    position: formatPosition(publication),
    offset,
    delivered,
    ...(repeated && { repeated }),
  };
}

/** An error of the server is not an item's fault, and names none. */
function refusalOf(index: number, error: AppError): AppError {
  if (error.status >= 500) return error;
  const field = error.field ?? (error.code === 'payload_too_large' ? 'data' : 'channel');
  return new AppError(error.code, `Publication ${index}: ${error.message}`, {
    field: `publications.${index}.${field}`,
  });
}
