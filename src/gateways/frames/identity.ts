import { AppError } from '../../errors.ts';
import type { FrameOf } from '../../protocol/frames/client-frames.ts';
import { type ControlFrame, subprotocol } from '../../protocol/frames/server-frames.ts';
import type { ErrorCode } from '../../protocol/wire/codes.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Principal } from '../../realtime/principal.ts';
import { inContext, mayChoose } from '../../realtime/sessions/context.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { Host, Peer } from './peer.ts';

const denials: ReadonlySet<ErrorCode> = new Set(['forbidden', 'unknown_channel']);

/** The first frame of every socket. */
export function greeting({ authenticator, limits }: Host, session: Session): ControlFrame {
  const insecure = authenticator.mode === 'insecure';
  return {
    type: 'connected',
    clientId: session.id,
    timestamp: new Date(session.openedAt).toISOString(),
    protocol: subprotocol,
    heartbeatMs: limits.heartbeatMs,
    warning: insecure ? 'AUTH_MODE=insecure: identities are not verified.' : undefined,
  };
}

/** The first auth frame, or a refresh of the same user. */
export async function identifyByFrame(peer: Peer, frame: FrameOf<'auth'>): Promise<void> {
  const principal = await peer.host.authenticator.fromFrame(frame);
  const { context } = frame;
  const acting =
    context === undefined ? principal : await resumeContext(peer.host.manager, principal, context);
  await identify(peer, acting, frame.id);
}

/** The principal in a context that it had or names, where it may still act so; otherwise as it is. */
export async function resumeContext(
  manager: RealtimeManager,
  principal: Principal,
  context: string | undefined,
): Promise<Principal> {
  if (context === undefined || principal.service || !mayChoose(principal, context)) return principal;
  const acting = inContext(principal, context);
  for (const channel of manager.namespaces.contextChannels(context)) {
    if (await isReadable(manager, channel, acting)) return acting;
  }
  return principal;
}

async function isReadable(manager: RealtimeManager, channel: string, principal: Principal): Promise<boolean> {
  try {
    await manager.namespaces.readable(channel, principal);
    return true;
  } catch (error) {
    if (denials.has(AppError.from(error).code)) return false;
    throw error;
  }
}

/** Makes the principal the identity of the session, says so, and subscribes it to what it reads unasked. */
export async function identify(peer: Peer, principal: Principal, id?: FrameOf<'auth'>['id']): Promise<void> {
  const isFirst = peer.session.principal?.unnamed ?? peer.session.principal === undefined;
  await introduce(peer, principal, id);
  if (isFirst) await subscribeUnasked(peer, principal);
}

/** Makes the principal the identity of the session, and says so. */
export async function introduce(peer: Peer, principal: Principal, id?: FrameOf<'auth'>['id']): Promise<void> {
  const { session, host } = peer;
  await host.manager.identify(session, principal);
  const { userId, role, expiresAt } = principal;
  peer.send({
    type: 'authenticated',
    id,
    clientId: session.id,
    userId,
    role,
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
  });
}

/**
 * Subscribes the session to what it reads unasked, but for channels of `resumed`, which come from a position. Of those
 * that it may not read, which it did not ask for, it hears nothing.
 */
export function subscribeUnasked(
  peer: Peer,
  principal: Principal,
  resumed?: { has(channel: string): boolean },
): Promise<void> | undefined {
  try {
    const channels = peer.host.autoSubscribe?.(principal) ?? [];
    // Most gateways have none, and thousands of sessions come at once.
    const isNone = !(channels instanceof Promise) && channels.length === 0;
    return isNone ? undefined : subscribeAll(peer, channels, resumed);
  } catch (error) {
    peer.fail(error);
    return undefined;
  }
}

async function subscribeAll(
  peer: Peer,
  unasked: readonly string[] | Promise<readonly string[]>,
  resumed: { has(channel: string): boolean } | undefined,
): Promise<void> {
  for (const channel of await known(peer, unasked)) {
    if (resumed?.has(channel)) continue;
    await peer.host.manager
      .subscribe(peer.session, channel, undefined, (answer) =>
        peer.send({ type: 'subscribed', channel, ...answer }),
      )
      .catch((error: unknown) => {
        if (!denials.has(AppError.from(error).code)) peer.tell(error, { channel });
      });
  }
}

/** A database that is away costs the session what it reads unasked, and the client is told so. */
async function known(peer: Peer, unasked: readonly string[] | Promise<readonly string[]>) {
  try {
    return await unasked;
  } catch (error) {
    peer.fail(error);
    return [];
  }
}
