import { AppError } from '../../errors.ts';
import type { FrameOf } from '../../protocol/client-frames.ts';
import { type ControlFrame, subprotocol } from '../../protocol/server-frames.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Host, Peer } from './peer.ts';

/** The first frame of every socket. */
export function greeting({ authenticator, limits }: Host, { session }: Peer): ControlFrame {
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

/** Handles what the upgrade request says of its sender. A refusal is a frame and a close code: browsers see no more. */
export async function identifyUpgrade(peer: Peer, request: Request): Promise<void> {
  try {
    const principal = await peer.host.authenticator.fromUpgrade(request);
    if (principal) await identify(peer, principal, undefined);
  } catch (error) {
    peer.fail(error);
    const { code } = AppError.from(error);
    if (code === 'token_expired') peer.disconnect('expired');
    else if (code === 'invalid_token') peer.disconnect('invalid_token');
  }
}

/** The first auth frame, or a refresh of the same user. */
export async function identifyByFrame(peer: Peer, frame: FrameOf<'auth'>): Promise<void> {
  await identify(peer, await peer.host.authenticator.fromFrame(frame), frame.id);
}

async function identify(peer: Peer, principal: Principal, id: FrameOf<'auth'>['id']): Promise<void> {
  const { session } = peer;
  await peer.host.manager.identify(session, principal);
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
