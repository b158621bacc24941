import { Elysia } from 'elysia';
import { AppError } from '../errors.ts';
import type { Principal } from '../realtime/principal.ts';
import type { Authenticator } from './authenticator.ts';

/**
 * `{ allow: ['officer', 'admin'] }` on a route: the handler gets `principal`, whose role is one of these, or which is a
 * service. `[]` allows everybody who is identified. Others get `unauthenticated` or `forbidden` before the body is
 * validated, so that strangers learn nothing of its shape.
 *
 * `count` is told of each such request once, and throws for a caller who asks too often.
 */
export function authPlugin(authenticator: Authenticator, count: (principal: Principal) => void) {
  const admitted = new WeakMap<Request, Principal>();

  async function admit(request: Request, roles: readonly string[]): Promise<Principal> {
    const known = admitted.get(request);
    const principal = known ?? (await authenticator.fromRequest(request));
    if (!known) count(principal);
    if (!mayPass(principal, roles)) {
      throw new AppError('forbidden', `This needs one of the roles ${roles.join(', ')}, or a service key.`);
    }
    admitted.set(request, principal);
    return principal;
  }

  return new Elysia({ name: 'tambuli/auth' }).macro({
    allow: (roles: readonly string[]) => ({
      // Elysia validates the body between these two, and only `resolve` reaches the handler's context.
      transform: async ({ request }: { request: Request }) => {
        await admit(request, roles);
      },
      resolve: async ({ request }: { request: Request }) => ({ principal: await admit(request, roles) }),
    }),
  });
}

function mayPass(principal: Principal, roles: readonly string[]): boolean {
  return principal.service === true || roles.length === 0 || roles.includes(principal.role);
}

export type AuthPlugin = ReturnType<typeof authPlugin>;
