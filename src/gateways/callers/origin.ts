import { AppError } from '../../errors.ts';

/** Which browser pages may use this server. Other programs than browsers send no `Origin`, and are not concerned. */
export interface OriginRules {
  /** Origins such as `https://app.example`; `*` stands for all of them. */
  readonly listed: readonly string[];
  /** True where pages of this machine, on any port, count as listed: a development server runs beside this one. */
  readonly local: boolean;
  /** True where the names of this server are checked as well, because a request that names nobody is a service. */
  readonly checkHost: boolean;
}

/**
 * Throws `forbidden` for a request that a browser made for a page of an origin that is neither this server's nor listed.
 * CORS keeps such a page from reading an answer, not from opening a WebSocket or sending a form.
 */
export function checkOrigin({ headers }: Request, rules: OriginRules): void {
  const origin = headers.get('origin');
  if (origin === null || isListed(origin, rules)) return;
  // The scheme is left out: a proxy may have ended TLS. A page cannot set the second header without a preflight.
  const host = URL.parse(origin)?.host;
  if (host && (host === headers.get('host') || host === headers.get('x-forwarded-host'))) return;
  throw new AppError('forbidden', 'Pages of this origin may not connect; CORS_ORIGINS lists those that may.');
}

export function isListed(origin: string, { listed, local }: OriginRules): boolean {
  if (listed.includes('*') || listed.includes(origin)) return true;
  const url = local ? URL.parse(origin) : null;
  return url !== null && /^https?:$/.test(url.protocol) && isLoopback(url.hostname);
}

/**
 * Throws `forbidden` for a request to a name that somebody else's DNS can have pointed at this machine: its page would
 * have the same origin as this server. Addresses, names without a dot and listed hosts cannot be such a name.
 */
export function checkHost({ headers }: Request, { listed, checkHost }: OriginRules): void {
  const host = headers.get('host');
  if (!checkHost || host === null || host === lastLocal || listed.includes('*')) return;
  const name = URL.parse(`http://${host}`)?.hostname ?? '';
  if (
    isLoopback(name) ||
    isAddress(name) ||
    (name !== '' && !name.includes('.')) ||
    name.endsWith('.local')
  ) {
    lastLocal = host;
    return;
  }
  if (listed.some((origin) => URL.parse(origin)?.hostname === name)) return;
  throw new AppError(
    'forbidden',
    'In insecure mode this server answers to addresses and local names only; list its public origin in CORS_ORIGINS.',
  );
}

/** The local host that was asked for last, which is nearly always the next one too. */
let lastLocal: string | undefined;

const isLoopback = (hostname: string) =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127\.[\d.]+$/.test(hostname);

/** The URL parser writes every IPv4 address with four numbers, and IPv6 in brackets. */
const isAddress = (hostname: string) => hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);
