import { Elysia } from 'elysia';
import { AppError } from '../errors.ts';
import { hasScope, type Principal, type ServiceScope } from '../realtime/principal.ts';
import type { Authenticator } from './authenticator.ts';
import { requestKeyOf } from './request-key.ts';

/** Called once with each identified request; throws for a caller who asks too often. */
export type OnAdmitted = (principal: Principal, request: Request, scope: ServiceScope) => void;

/**
 * Two macros for routes. `{ allow: ['officer', 'admin'] }` gives the handler `principal`, whose role is one of these, or
 * which is a service whose key has the scope `read` or, where the method writes, `publish`. `[]` allows everybody who is
 * identified. `{ operate: ['admin'] }` is the same for routes of the operator: it asks a service for the scope `operate`, and
 * refuses somebody of a tenant.
 * Others get `unauthenticated` or `forbidden` before the body is validated, so that strangers learn nothing of its shape. The
 * handler also gets `requestKey`, where the request has an `Idempotency-Key`; a route that uses it declares the header by
 * `headers: KeyHeaders`.
 */
export function authPlugin(authenticator: Authenticator, onAdmitted: OnAdmitted) {
  const admitted = new WeakMap<Request, Principal>();

  async function admit(request: Request, roles: readonly string[], scope: ServiceScope): Promise<Principal> {
    const known = admitted.get(request);
    const principal = known ?? (await authenticator.fromRequest(request));
    if (!known) onAdmitted(principal, request, scope);
    checkRights(principal, roles, scope);
    admitted.set(request, principal);
    return principal;
  }

  const guard = (roles: readonly string[], scopeOf: (request: Request) => ServiceScope) => ({
    // Elysia validates the body between these two, and only `resolve` reaches the handler's context.
    transform: async ({ request }: { request: Request }) => {
      await admit(request, roles, scopeOf(request));
    },
    resolve: async ({ request, route, headers, params, body }: Call) => {
      const principal = await admit(request, roles, scopeOf(request));
      return { principal, requestKey: requestKeyOf({ request, route, headers, params, body }, principal) };
    },
  });

  return new Elysia({ name: 'tambuli/auth' }).macro({
    allow: (roles: readonly string[]) => guard(inLowerCase(roles), scopeOfMethod),
    operate: (roles: readonly string[]) => guard(inLowerCase(roles), () => 'operate'),
  });
}

/** The roles of principals are in lower case: any other would shut everybody out. */
function inLowerCase(roles: readonly string[]): readonly string[] {
  const mixed = roles.find((role) => role !== role.toLowerCase());
  if (mixed === undefined) return roles;
  throw new Error(`A route allows the role "${mixed}": roles are written in lower case.`);
}

type Call = Parameters<typeof requestKeyOf>[0];

const scopeOfMethod = ({ method }: Request): ServiceScope =>
  method === 'GET' || method === 'HEAD' ? 'read' : 'publish';

export function checkRights(principal: Principal, roles: readonly string[], scope: ServiceScope): void {
  if (!hasScope(principal, scope)) throw lacksScope(scope);
  // Routes of the operator show every tenant.
  if (scope === 'operate' && principal.tenants.length > 0) {
    throw new AppError(
      'forbidden',
      'An operator acts for no tenant: this needs credentials without tenants.',
    );
  }
  if (principal.service || roles.length === 0 || roles.includes(principal.role)) return;
  throw new AppError('forbidden', `This needs one of the roles ${roles.join(', ')}, or a service key.`);
}

function lacksScope(scope: ServiceScope): AppError {
  return new AppError(
    'forbidden',
    `This service key has not the scope "${scope}", which SERVICE_API_KEY gives.`,
  );
}

export type AuthPlugin = ReturnType<typeof authPlugin>;
