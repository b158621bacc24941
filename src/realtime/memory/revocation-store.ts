import type { Clock } from '../../lib/clock.ts';
import type { RevocationStore } from '../ports/revocation-store.ts';

/** Revocations of processes that share this one; gone with it. */
export function createMemoryRevocations(clock: Clock): RevocationStore {
  const revoked = new Map<string, number>();
  return {
    async revoke(userId) {
      const at = clock.now();
      revoked.set(userId, at);
      return at;
    },
    read: async () => new Map(revoked),
    conceal: async () => undefined,
    concealed: (userId) => userId,
  };
}
