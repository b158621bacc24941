import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';
import { apiPage, pagePath } from './api-page.ts';
import { type AsyncApiDeps, asyncApiRoute } from './asyncapi.ts';
import { apiInfo, type DescribedRoute, documentPath, openApi } from './openapi.ts';

export interface DocumentsDeps extends AsyncApiDeps {
  /** The readers of the documents. */
  readonly apiDocs: 'public' | 'operators' | 'off';
  /** Throws for a caller that is no operator. */
  readonly checkOperator: (request: Request) => Promise<void>;
  /** All routes of the application, complete when a document is asked for. */
  readonly routes: () => readonly DescribedRoute[];
}

/** The documents of this server: `/openapi` with its page, and `/asyncapi.json`. */
export function documents({ apiDocs, checkOperator, routes, ...deps }: DocumentsDeps) {
  return new Elysia({ name: 'gateway-documents' })
    .onTransform(async ({ request, path }) => {
      if (apiDocs === 'off')
        throw new AppError('not_found', 'This server shows no documents of itself (API_DOCS).');
      if (apiDocs === 'operators' && !isFileOfPage(path)) await checkOperator(request);
    })
    .use(openApi(routes))
    .use(apiPage(apiInfo.title))
    .use(asyncApiRoute(deps));
}

/** The same for every server, and asked for by a browser that sends no credentials with it. */
const isFileOfPage = (path: string) => path.startsWith(`${pagePath}/`) && path !== documentPath;
