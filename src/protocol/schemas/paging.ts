import { Type } from '@sinclair/typebox';
import { Word } from './text.ts';

/** Parameter of every list, beside its `limit`. */
export const cursor = Type.Optional(
  Word(1_000, '^[A-Za-z0-9_-]{1,1000}$', {
    description: '`nextCursor` of the page before; without one the list begins',
  }),
);

/** Fields of the answer of every list, beside its items. */
export const pageFields = {
  more: Type.Boolean({ description: 'true: there is another page' }),
  nextCursor: Type.Union([Type.String(), Type.Null()], {
    description: 'for the next page, whose address is in the header `Link` too; null at the end',
  }),
};

/** The header `Link` (RFC 8288) of a page: `rel="first"`, and `rel="next"` where there is a next page. */
export function pageLinks(request: Request, nextCursor: string | null): string {
  const first = `<${addressWith(request, { cursor: undefined })}>; rel="first"`;
  if (nextCursor === null) return first;
  return `${first}, <${addressWith(request, { cursor: nextCursor })}>; rel="next"`;
}

/** Relative, so that it is right behind any proxy; without a token, which does not belong into headers. */
export function addressWith(
  request: Request,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const { pathname, searchParams } = new URL(request.url);
  searchParams.delete('token');
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) searchParams.delete(name);
    else searchParams.set(name, String(value));
  }
  const query = String(searchParams).replaceAll('%3A', ':');
  return query === '' ? pathname : `${pathname}?${query}`;
}
