import type { Principal } from '../realtime/principal.ts';
import type { Authenticator } from './authenticator.ts';

/** The authenticator with a further check: `check` throws `token_revoked` for an identity whose token was withdrawn. */
export function revocable(
  authenticator: Authenticator,
  check: (principal: Principal) => void,
): Authenticator {
  const checked = <Found extends Principal | undefined>(principal: Found): Found => {
    if (principal) check(principal);
    return principal;
  };
  return {
    mode: authenticator.mode,
    fromFrame: (frame) => authenticator.fromFrame(frame).then(checked),
    fromUpgrade: (request) => authenticator.fromUpgrade(request)?.then(checked),
    fromRequest: (request) => authenticator.fromRequest(request).then(checked),
  };
}
