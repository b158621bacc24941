import { AppError } from '../errors.ts';

/** The unchecked credentials of a request. */
export interface Credentials {
  readonly token?: string;
  readonly serviceKey?: string;
}

const bearerProtocol = 'bearer.';

/** The token (header, subprotocol list, `?token=`, in this order) and the service key of a request. */
export function readCredentials(request: Request): Credentials {
  const token = fromHeader(request) ?? fromSubprotocols(request) ?? fromQuery(request);
  const serviceKey = request.headers.get('x-api-key');
  return { ...(token !== undefined && { token }), ...(serviceKey !== null && { serviceKey }) };
}

/** The headers that may name the sender of a request. */
const naming = [
  ...['authorization', 'sec-websocket-protocol', 'x-api-key'],
  ...['x-user-id', 'x-role', 'x-tenants'],
];

/** Whether a request has any of the places in which its sender may be named; most upgrades have none. */
export function mayNameSomebody({ url, headers }: Request): boolean {
  return url.includes('?') || naming.some((name) => headers.has(name));
}

/** Other schemes than Bearer belong to somebody else, a proxy for instance. */
function fromHeader({ headers }: Request): string | undefined {
  const header = headers.get('authorization');
  if (header === null) return undefined;
  const [scheme = '', ...rest] = header.split(' ');
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  return present(rest.join(' ').trim(), 'The Authorization header');
}

function fromSubprotocols({ headers }: Request): string | undefined {
  const list = headers.get('sec-websocket-protocol');
  if (list === null) return undefined;
  const offered = list.split(',').map((name) => name.trim());
  const bearer = offered.find((name) => name.startsWith(bearerProtocol));
  return bearer && present(bearer.slice(bearerProtocol.length), 'The bearer subprotocol');
}

function fromQuery({ url }: Request): string | undefined {
  if (!url.includes('?')) return undefined;
  const token = new URL(url).searchParams.get('token');
  return token === null ? undefined : present(token, 'The "token" parameter');
}

function present(token: string, where: string): string {
  if (token === '') throw new AppError('invalid_token', `${where} carries no token.`);
  return token;
}
