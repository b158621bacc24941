import { pageLinks } from '../../../protocol/schemas/paging.ts';
import { EventPage } from '../model.ts';

const headers = {
  link: {
    description: 'The first page, and the next one where there is one.',
    schema: { type: 'string' as const },
  },
  etag: { description: 'Of this page, for `If-None-Match`.', schema: { type: 'string' as const } },
};

/** A page with its ETag, or 304 for a caller that has it. */
export function pageResponse(request: Request, page: { readonly nextCursor: string | null }): Response {
  const body = JSON.stringify(page);
  const etag = `"${Bun.hash(body).toString(36)}"`;
  const told = new Headers({ etag, link: pageLinks(request, page.nextCursor) });
  const known = (request.headers.get('if-none-match') ?? '').split(',');
  if (known.some((tag) => tag.trim().replace(/^W\//, '') === etag)) {
    return new Response(null, { status: 304, headers: told });
  }
  told.set('content-type', 'application/json');
  return new Response(body, { headers: told });
}

pageResponse.documented = {
  200: {
    description: 'A page',
    headers,
    content: { 'application/json': { schema: EventPage as object } },
  },
  304: { description: 'Just what `If-None-Match` names', headers },
};
