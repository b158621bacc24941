import type { RealtimeManager } from './manager.ts';
import type { Principal } from './principal.ts';
import type { Receipt } from './publishing/new-publication.ts';
import { publicationKey } from './publishing/publication-key.ts';
import type { Session } from './sessions/session.ts';

/** A publication or an ephemeral frame that a client sends to the readers of a channel. */
interface Said {
  /** By its wire name. */
  readonly channel: string;
  readonly type: string;
  readonly data: unknown;
  /** The same on the channel within 24 hours, by the same user, is the same publication. */
  readonly key?: string | undefined;
}

/** Publishes for a client, where the namespace allows it. Throws as `NamespaceRegistry.writable` and `publish` do. */
export async function publishFrom(
  manager: RealtimeManager,
  session: Session,
  { channel, type, data, key }: Said,
  now: number,
): Promise<Receipt> {
  const principal = session.identified(now);
  const destination = await manager.namespaces.writable(channel, principal);
  manager.namespaces.checkContent(destination, 'publications', { type, data }, principal);
  const idempotencyKey = key === undefined ? undefined : publicationKey(key, principal);
  return manager.publish({
    channel: destination.name,
    type,
    data,
    ...sourceOf(principal),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
}

/** The same for an ephemeral frame. Every reader gets it but the session itself. */
export async function whisperFrom(
  manager: RealtimeManager,
  session: Session,
  { channel: wireName, type, data }: Said,
  now: number,
): Promise<void> {
  const principal = session.identified(now);
  const channel = await manager.namespaces.whisperable(wireName, principal, type);
  manager.namespaces.checkContent(channel, 'ephemeral', { type, data }, principal);
  manager.whisper({ channel, type, data, ...sourceOf(principal), exclude: `session:${session.id}` });
}

/** A service is not somebody. */
export function sourceOf({ userId, service }: Principal): { sourceUserId?: string } {
  return service ? {} : { sourceUserId: userId };
}
