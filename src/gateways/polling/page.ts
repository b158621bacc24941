import { addressWith } from '../../protocol/schemas/paging.ts';
import { formatPosition } from '../../protocol/wire/position.ts';
import { dataOf, timestampOf } from '../../protocol/wire/publication.ts';
import type { SyncResult } from '../../realtime/subscriptions/recovery.ts';

/** The form of a page: its JSON, and the headers with the facts that the JSON leaves out. */
export type Form = (channel: string, page: SyncResult) => { body: string; headers?: Record<string, string> };

/** `{channel, publications, position, recovered, more}` */
export const asObject: Form = (channel, { publications, position, ...rest }) => ({
  body: `{"channel":${JSON.stringify(channel)},"publications":[${publications.join()}],${JSON.stringify({ position: formatPosition(position), ...rest }).slice(1)}`,
});

const told = ({ position, recovered, more, publications }: SyncResult): Record<string, string> => {
  const last = publications.at(-1);
  return {
    'x-position': formatPosition(position),
    'x-recovered': String(recovered),
    'x-more': String(more),
    ...(last !== undefined && { 'x-timestamp': timestampOf(last) }),
  };
};

/** The form `[data, …]` that listeners of a socket get, without publications of the types `without`. */
export const asRows =
  (without?: readonly string[]): Form =>
  (_channel, page) => ({
    body: `[${rowsOf(page, without).join()}]`,
    headers: told(page),
  });

/** The form of a channel about one thing: its latest data, or `null`. */
export const asRow =
  (without?: readonly string[]): Form =>
  (_channel, page) => ({ body: rowsOf(page, without).at(-1) ?? 'null', headers: told(page) });

const rowsOf = ({ publications }: SyncResult, without: readonly string[] = []) =>
  publications
    .filter((text) => !without.some((type) => text.startsWith(`{"type":"${type}"`)))
    .map(dataOf)
    .filter((data) => data !== undefined);

/** The answer to a poll, or 304 when the caller has just this. */
export function pageResponse(
  request: Request,
  channel: string,
  page: SyncResult,
  next: Readonly<Record<string, string | number>>,
  form: Form,
): Response {
  const { position, recovered, more } = page;
  // Backwards, a page begins at its position, and where it ends is another matter.
  const length = 'before' in next ? `-${page.publications.length}` : '';
  const etag = `"${formatPosition(position)}${length}${recovered ? '' : '!'}${more ? '+' : ''}"`;
  const { body, headers: told } = form(channel, page);
  const headers = new Headers({
    ...told,
    etag,
    link: `<${addressWith(request, next)}>; rel="next"`,
  });
  if (isKnown(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers });
  headers.set('content-type', 'application/json');
  return new Response(body, { headers });
}

function isKnown(header: string | null, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag);
}
