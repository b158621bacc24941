/** The verified identity behind a session or a request. */
export interface Principal {
  readonly userId: string;
  readonly role: string;
  /** Ids of the schools, organisations, … this identity belongs to. */
  readonly tenants: readonly string[];
  /** What the credentials gave of them, where the session acts for one alone. */
  readonly granted?: readonly string[];
  /** Milliseconds since the Unix epoch; absent for identities that do not expire (service key, insecure mode). */
  readonly expiresAt?: number;
  /** When the token was issued, in milliseconds since the Unix epoch; absent where there is no token. */
  readonly issuedAt?: number;
  /** True for another backend that acts for itself (service key): it may publish everywhere. */
  readonly service?: true;
}
