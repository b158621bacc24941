import { AppError } from '../../errors.ts';
import { checkOrigin } from '../callers/origin.ts';
import { identify } from '../frames/identity.ts';
import type { Peer } from '../frames/peer.ts';
import { checkSubprotocol } from './subprotocol.ts';

/** Handles what the upgrade request says of its sender. A refusal is a frame and a close code: browsers see no more. */
export async function identifyUpgrade(peer: Peer, request: Request): Promise<void> {
  try {
    checkSubprotocol(request);
    checkOrigin(request, peer.host.origins);
    const principal = await peer.host.authenticator.fromUpgrade(request);
    if (principal) await identify(peer, principal);
  } catch (error) {
    peer.fail(error);
    const { code } = AppError.from(error);
    if (code === 'token_expired') peer.disconnect('expired');
    else if (code === 'invalid_token') peer.disconnect('invalid_token');
    else if (code === 'token_revoked') peer.disconnect('revoked');
    else if (code === 'unsupported_protocol') peer.disconnect('bad_protocol');
    else if (code === 'forbidden') peer.disconnect('permission');
  }
}
