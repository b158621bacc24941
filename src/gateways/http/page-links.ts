import { Elysia } from 'elysia';
import { pageLinks } from '../../protocol/schemas/paging.ts';

/** Adds the header `Link` to every answer that is a page of a list, which its `nextCursor` shows. */
export function listLinks() {
  return new Elysia({ name: 'gateway-page-links' }).onAfterHandle(
    { as: 'global' },
    ({ request, responseValue, set }) => {
      if (typeof responseValue !== 'object' || responseValue === null) return;
      if (!('nextCursor' in responseValue)) return;
      const { nextCursor } = responseValue;
      set.headers['link'] = pageLinks(request, typeof nextCursor === 'string' ? nextCursor : null);
    },
  );
}
