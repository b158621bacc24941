import { createTokenSigner } from '../../src/auth/token-signer.ts';

/** Known to the servers of the soak as `JWT_SECRET`. */
export const soakSecret = 'a secret for the soak and for nothing else';

const sign = createTokenSigner({ key: { secret: soakSecret } });

/** A token that is good for so many seconds. */
export function soakToken(userId: string, seconds: number): Promise<string> {
  return sign({ userId, role: 'officer', tenants: [], expiresIn: `${seconds}s` });
}
