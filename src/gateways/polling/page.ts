import type { SyncResult } from '../../realtime/recovery.ts';

/** The answer to a poll, or 304 when the caller has just this. */
export function pageResponse(request: Request, channel: string, page: SyncResult, limit: number): Response {
  const { publications, position, recovered, more } = page;
  const etag = `"${position}${recovered ? '' : '!'}${more ? '+' : ''}"`;
  const headers = new Headers({
    // Each caller's own, and asked for again each time.
    'cache-control': 'private, no-cache',
    etag,
    link: `<${nextAddress(request, position, limit)}>; rel="next"`,
  });
  if (isKnown(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers });
  headers.set('content-type', 'application/json');
  const rest = JSON.stringify({ position, recovered, more });
  const body = `{"channel":${JSON.stringify(channel)},"publications":[${publications.join()}],${rest.slice(1)}`;
  return new Response(body, { headers });
}

/** Relative, so that it is right behind any proxy; without a token, which does not belong into headers. */
function nextAddress(request: Request, position: string, limit: number): string {
  const { pathname, searchParams } = new URL(request.url);
  searchParams.delete('token');
  searchParams.set('since', position);
  searchParams.set('limit', String(limit));
  return `${pathname}?${String(searchParams).replaceAll('%3A', ':')}`;
}

function isKnown(header: string | null, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag);
}
