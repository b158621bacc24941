import { AppError } from '../../errors.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import type { ErrorCode } from '../../protocol/wire/codes.ts';
import { checkOrigin } from '../callers/origin.ts';
import { identify } from '../frames/identity.ts';
import type { Peer } from '../frames/peer.ts';
import { checkSubprotocol } from './subprotocol.ts';

/** Handles what the upgrade request says of its sender. A refusal is a frame and a close code: browsers see no more. */
export function identifyUpgrade(peer: Peer, request: Request): undefined | Promise<void> {
  try {
    checkSubprotocol(request);
    checkOrigin(request, peer.host.origins);
    return peer.host.authenticator
      .fromUpgrade(request)
      ?.then((principal) => principal && identify(peer, principal))
      .catch((error: unknown) => refuse(peer, error));
  } catch (error) {
    return refuse(peer, error);
  }
}

function refuse(peer: Peer, error: unknown): undefined {
  peer.fail(error);
  const reason = ends[AppError.from(error).code];
  if (reason) peer.host.manager.disconnect(peer.session, reason, true);
}

/** The refusals that end the connection; with any other, the client may still send a token. */
const ends: { readonly [C in ErrorCode]?: CloseReason } = {
  token_expired: 'expired',
  invalid_token: 'invalid_token',
  token_revoked: 'revoked',
  unsupported_protocol: 'bad_protocol',
  forbidden: 'permission',
};
