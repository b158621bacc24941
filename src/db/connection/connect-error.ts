import type { AppError } from '../../errors.ts';
import { sqlState, unavailable } from './errors.ts';

/**
 * A failure to connect, as `database_unavailable`. Its cause, for the log alone, names the host, the database and the
 * role, and says what to look at; the password is in none of it.
 */
export function connectError(thrown: unknown, url: string): AppError {
  return unavailable(thrown, { cause: new ConnectError(thrown, url) });
}

export class ConnectError extends Error {
  constructor(thrown: unknown, url: string) {
    const code = sqlState(thrown) ?? systemCode(thrown);
    const said = messageOf(thrown);
    const hint = hintOf(code, said);
    super(`no connection to ${addressOf(url)}: ${hint}${code ? ` (${code})` : ''}`);
    this.name = 'ConnectError';
  }
}

/** `database "app" on db.example:5432 as role "tambuli"`. */
export function addressOf(url: string): string {
  const { hostname, port, username, pathname } = new URL(url);
  const user = decodeURIComponent(username);
  const name = decodeURIComponent(pathname.slice(1)) || user;
  return `database "${name}" on ${hostname}:${port || '5432'} as role "${user}"`;
}

/** By SQLSTATE, or by the code of the system or of TLS; the first that matches. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/^28P01$/, 'the password is wrong, or the role does not exist: look at DATABASE_URL'],
  [
    /^28/,
    'the server does not let this role in from here: look at the role, at sslmode and at the server’s pg_hba.conf',
  ],
  [/^3D/, 'there is no such database: look at the name at the end of DATABASE_URL, or create it'],
  [/^42501$/, 'the role may not connect to this database: grant it CONNECT'],
  [
    /^53300$/,
    'the server has no connection left: lower DATABASE_POOL_SIZE, run fewer processes, or raise max_connections',
  ],
  [/^57P03$/, 'the server is starting, stopping or recovering: wait for it'],
  [/^57P0/, 'the server is shutting down: wait for it'],
  [/^08P01$/, 'the server or a pooler in between refuses the startup message: look at its log'],
  [/^ECONNREFUSED$/, 'nothing listens there: look at host and port, and whether the server runs'],
  [/^(ENOTFOUND|EAI_|EDNS|DNS)/, 'the host name is not known: look at its spelling and at DNS'],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/, 'the host does not answer: look at the address and at firewalls'],
  [/^(ECONNRESET|EPIPE)/, 'the connection was cut: look at the port, at proxies in between and at sslmode'],
  [/CERT|SSL|TLS|ALTNAME/, 'the certificate of the server is not trusted: look at sslmode and sslrootcert'],
];

/** For failures of the drivers' own, which have no code. */
const messageHints: readonly (readonly [RegExp, string])[] = [
  [/does not support SSL/i, 'the server does not speak TLS: look at sslmode in DATABASE_URL'],
  [/certificate|self.signed|TLS|SSL/i, 'TLS with the server failed: look at sslmode and sslrootcert'],
  [/password must be a string|SASL|SCRAM/i, 'the server wants a password: look at DATABASE_URL'],
  [
    /timeout|expired/i,
    'no connection within CONNECT_TIMEOUT_MS: look at the address and firewalls, and whether DATABASE_POOL_SIZE is too small',
  ],
  [/terminated|closed/i, 'the connection was closed before it was ready: look at host, port and sslmode'],
];

function hintOf(code: string | undefined, message: string): string {
  const byCode = code === undefined ? undefined : hints.find(([pattern]) => pattern.test(code));
  const found = byCode ?? messageHints.find(([pattern]) => pattern.test(message));
  return found?.[1] ?? 'look at DATABASE_URL and at the server’s log';
}

function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

function messageOf(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : '';
}
