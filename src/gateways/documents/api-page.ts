import { fileURLToPath } from 'node:url';
import { Elysia } from 'elysia';

/** `/openapi` for people. Beside its own page it needs two files of a package, which are served from here: no other host is asked. */
export function apiPage(title: string) {
  return new Elysia({ name: 'gateway-api-page', detail: { hide: true } })
    .get(pagePath, () => served('text/html', page(title)))
    .get(`${pagePath}/start.js`, () => served('text/javascript', start))
    .get(`${pagePath}/swagger-ui-bundle.js`, () =>
      served('text/javascript', packaged('swagger-ui-bundle.js')),
    )
    .get(`${pagePath}/swagger-ui.css`, () => served('text/css', packaged('swagger-ui.css')));
}

export const pagePath = '/openapi';

const packaged = (name: string) => Bun.file(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)));

/** On this origin people type tokens: nothing runs there that is not ours, and no other page may show it. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

function served(type: string, body: string | Bun.BunFile): Response {
  const headers = {
    ...securityHeaders,
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-cache',
  };
  return new Response(body, { headers });
}

/** Addresses are relative to the page: behind a proxy it may have another path. */
const page = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="openapi/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="openapi/swagger-ui-bundle.js"></script>
<script src="openapi/start.js"></script>
</body>
</html>
`;

/** A token of the page's address goes into a header, and out of the address: addresses are logged and remembered. */
const start = `const address = new URL(location.href);
const token = address.searchParams.get('token');
address.searchParams.delete('token');
if (token !== null) history.replaceState(null, '', address);
SwaggerUIBundle({
  url: 'openapi/json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor(request) {
    if (token !== null && !request.headers.Authorization) request.headers.Authorization = 'Bearer ' + token;
    return request;
  },
});
`;
