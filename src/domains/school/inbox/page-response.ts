import { type TSchema, Type } from '@sinclair/typebox';
import { pageLinks } from '../../../protocol/schemas/paging.ts';
import { Text } from '../../../protocol/schemas/text.ts';

/** The headers of a caller that has a page. */
export const KnownPage = Type.Object({ 'if-none-match': Type.Optional(Text(1_000, { minLength: 0 })) });

const headers = {
  link: {
    description: 'The first page, and the next one where there is one.',
    schema: { type: 'string' as const },
  },
  etag: { description: 'Of this page, for `If-None-Match`.', schema: { type: 'string' as const } },
};

/** A page with its ETag, or 304 for a caller that has it. */
export function pageResponse<Page extends { readonly nextCursor: string | null }>(
  request: Request,
  page: Page,
): Response {
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

/** The responses of a route that returns such pages, for its description. */
export const documentedPage = (schema: TSchema) => ({
  200: {
    description: 'A page',
    headers,
    content: { 'application/json': { schema: schema as object } },
  },
  304: { description: 'Just what `If-None-Match` names', headers },
});
