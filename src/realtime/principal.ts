/** The scope of a service key: writing, reading, or running the deployment (`operate`). */
export const serviceScopes = ['publish', 'read', 'operate'] as const;
export type ServiceScope = (typeof serviceScopes)[number];

/** The verified identity behind a session or a request. */
export interface Principal {
  readonly userId: string;
  readonly role: string;
  /** Ids of the schools, organisations, … this identity belongs to. */
  readonly tenants: readonly string[];
  /** All tenants of the credentials, where the session acts for one alone. */
  readonly granted?: readonly string[];
  /** Milliseconds since the Unix epoch; absent for identities that do not expire (service key, insecure mode). */
  readonly expiresAt?: number;
  /** When the token was issued, in milliseconds since the Unix epoch; absent where there is no token. */
  readonly issuedAt?: number;
  /** True for another backend that acts for itself (service key): it may publish everywhere. */
  readonly service?: true;
  /** True in insecure mode for a client that named nobody: an auth frame may still say who it is. */
  readonly unnamed?: true;
  /** The key of a service, by its id in the configuration; absent where the server itself acts, or checks no keys. */
  readonly key?: { readonly id: string; readonly scopes: readonly ServiceScope[] };
}

/** Another backend that acts for itself, or the server's own work: rules and row level security deny it nothing. */
export const servicePrincipal: Principal = { userId: 'service', role: 'service', tenants: [], service: true };

/** True for people, whose rights are asked elsewhere, and for a service that may do what the scope says. */
export function hasScope({ service, key }: Principal, scope: ServiceScope): boolean {
  return !service || !key || key.scopes.includes(scope);
}

/** The name of a caller in the log. */
export function callerName({ userId, service, key }: Principal): string {
  return service ? `service:${key?.id ?? 'unnamed'}` : `user:${userId}`;
}
