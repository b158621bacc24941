import type { FrameOf } from '../../protocol/client-frames.ts';
import { type ControlFrame, subprotocol } from '../../protocol/server-frames.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Session } from '../../realtime/session.ts';
import type { Host, Peer } from './peer.ts';

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
  await identify(peer, await peer.host.authenticator.fromFrame(frame), frame.id);
}

/** Makes the principal the identity of the session, and says so. */
export async function identify(peer: Peer, principal: Principal, id?: FrameOf<'auth'>['id']): Promise<void> {
  const { session, host } = peer;
  const isFirst = session.principal === undefined;
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
  for (const channel of (isFirst && host.autoSubscribe?.(principal)) || []) {
    await host.manager
      .subscribe(session, channel, undefined, (answer) =>
        peer.send({ type: 'subscribed', channel, ...answer }),
      )
      .catch((error: unknown) => peer.fail(error, { channel }));
  }
}
