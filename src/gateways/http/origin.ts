import { AppError } from '../../errors.ts';

/**
 * Throws `forbidden` for a request that a browser made for a page of an origin that is neither this server's nor listed.
 * CORS does not hold for WebSockets: every page may open one, and it is for the server to look. Others than browsers
 * send no `Origin`.
 */
export function checkOrigin(request: Request, listed: readonly string[]): void {
  const origin = request.headers.get('origin');
  if (origin === null || listed.includes('*') || listed.includes(origin)) return;
  // The scheme is left out: a proxy may have ended TLS.
  const host = URL.canParse(origin) ? new URL(origin).host : undefined;
  if (host !== undefined && host === request.headers.get('host')) return;
  throw new AppError('forbidden', 'Pages of this origin may not connect; CORS_ORIGINS lists those that may.');
}
