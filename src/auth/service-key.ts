import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '../realtime/principal.ts';

/** Another backend that acts for itself. */
export const servicePrincipal: Principal = { userId: 'service', role: 'service', tenants: [], service: true };

/** Compares in a time that tells neither content nor length. */
export function createServiceKeyCheck(expected: string): (given: string) => boolean {
  const digest = sha256(expected);
  return (given) => timingSafeEqual(sha256(given), digest);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
