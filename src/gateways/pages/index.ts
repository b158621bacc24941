import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';
import type { DemoPerson, PageAddress, PageArea, SocketAddress } from '../../extension/addresses.ts';
import type { Logger } from '../../logger.ts';
import { refuseLostUpgrade } from '../http/lost-upgrade.ts';
import { ownPages, type PagesMode } from './own-pages.ts';
import { assetResponse } from './page-asset.ts';
import { pageDocument, wayToRoot } from './page-document.ts';
import type { PageFiles } from './page-files.ts';
import { isKnown, pageHeaders } from './page-headers.ts';

export interface PagesDeps {
  readonly pages: {
    readonly mode: PagesMode;
    readonly development: boolean;
    readonly files: PageFiles;
  };
  /** Whether the page `/realtime-demo` may ask for tokens, and whether for the end of a process. */
  readonly demo?: { readonly crash?: unknown } | undefined;
  readonly manager: { readonly namespaces: { readonly patterns: readonly string[] } };
  readonly authenticator: { readonly mode: 'jwt' | 'insecure' };
  /** Those of the mounted domains. */
  readonly areas: readonly PageArea[];
  /** The addresses of sockets: one of them may be that of a page too. */
  readonly sockets: readonly SocketAddress[];
  /** The place of the files of messages, if there is one. */
  readonly files?: { readonly store: { readonly origin?: string } | undefined };
  readonly logger: Logger;
}

/** The pages for people, and the files they need. They ask the same routes and sockets as every other client. */
export function pagesGateway(deps: PagesDeps) {
  const { pages, demo, manager, authenticator, areas, sockets, files: stored, logger } = deps;
  const { files, development } = pages;
  const { mode } = authenticator;
  const mounted = pages.mode === 'off' ? [] : [...ownPages(pages.mode, areas), ...areas];
  const all = mounted.flatMap((area) => area.pages);

  async function pageResponse(
    request: Request,
    page: PageAddress,
    people: readonly DemoPerson[],
  ): Promise<Response> {
    const bundle = await files.bundle(page.bundle);
    if (!bundle) {
      logger.warn(
        { page: page.path },
        'page is not built; its address returns 404 until "bun run pages" has run',
      );
      throw new AppError(
        'not_found',
        `The page ${page.path} is not built: run "bun run pages" and start again.`,
      );
    }
    const root = wayToRoot(new URL(request.url).pathname);
    const text = pageDocument(page.title, bundle, {
      root,
      path: page.path,
      mode,
      development,
      pages: all,
      people: mode === 'insecure' ? people.filter(({ role }) => page.roles?.includes(role) ?? true) : [],
      ...(demo && { demo: { kills: demo.crash !== undefined } }),
      ...(page.path === '/' && pages.mode === 'full' && { channels: manager.namespaces.patterns }),
    });
    const etag = `"${Bun.hash(text).toString(36)}"`;
    const headers = {
      ...pageHeaders(stored),
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      etag,
      vary: 'accept',
    };
    if (isKnown(request, etag)) return new Response(null, { status: 304, headers });
    return new Response(text, { headers });
  }

  const app = new Elysia({ name: 'gateway-pages', detail: { hide: true } });
  for (const { pages: own, people } of mounted) {
    for (const page of own) {
      const isSocket = sockets.some(({ path }) => path === page.path);
      app.get(page.path, async ({ request, set }) => {
        // The header that a proxy passes on when it drops the upgrade.
        if (isSocket && request.headers.has('sec-websocket-key')) refuseLostUpgrade(set.headers);
        if (page.path === '/' && !isBrowser(request)) return Response.json(overview(all));
        return pageResponse(request, page, people);
      });
    }
  }
  return app.get('/pages/:name', async ({ request, params: { name } }) => {
    const file = pages.mode === 'off' ? undefined : await files.file(name);
    if (!file)
      throw new AppError(
        'not_found',
        `There is no file ${name}: the page that asks for it is of another version.`,
      );
    return assetResponse(request, name, file);
  });
}

const isBrowser = ({ headers }: Request) => headers.get('accept')?.includes('text/html') === true;

/** The answer at `/` for programs. */
const overview = (pages: readonly PageAddress[]) => ({
  success: true,
  name: 'Tambuli',
  socket: '/ws/realtime',
  health: '/health/ready',
  documents: ['/openapi/json', '/asyncapi.json'],
  pages: pages.map(({ path, title }) => ({ path, title })),
});
