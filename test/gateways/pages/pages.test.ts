import { expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import type { PageArea } from '../../../src/extension/addresses.ts';
import { problems } from '../../../src/gateways/http/problem.ts';
import { type PagesDeps, pagesGateway } from '../../../src/gateways/pages/index.ts';
import { builtPages, type PageFiles, pagesOfSources } from '../../../src/gateways/pages/page-files.ts';
import { createLogger } from '../../../src/logger.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const bundle = { script: 'a-1.js', imports: ['shared-2.js'], styles: ['page-3.css'] };
const type = 'text/javascript; charset=utf-8';
const files: PageFiles = {
  bundle: async (name) => (name === 'unbuilt' ? undefined : bundle),
  file: async (name) =>
    name === 'a-1.js'
      ? { type, encodings: { identity: bytes('plain'), gzip: bytes('zipped'), br: bytes('brotli') } }
      : undefined,
};
const ana = { userId: 'ana', role: 'clerk', name: 'Ana </script>' };
const shop: PageArea = {
  pages: [
    { path: '/shop', bundle: 'shop/shop', title: 'Shop <b>', roles: ['clerk'] },
    { path: '/shop/orders', bundle: 'shop/orders', title: 'Orders' },
    { path: '/soon', bundle: 'unbuilt', title: 'Soon' },
  ],
  people: [ana, { userId: 'bo', role: 'other', name: 'Bo' }],
};

interface Options {
  readonly mode?: PagesDeps['pages']['mode'];
  readonly auth?: 'jwt' | 'insecure';
  readonly files?: PageFiles;
}

function serving({ mode = 'full', auth = 'insecure', files: given = files }: Options = {}) {
  const log: string[] = [];
  const logger = createLogger('warn', { write: (line) => log.push(line) });
  const app = new Elysia().use(problems({ logger, onRefusal: () => undefined, methodsAt: () => [] })).use(
    pagesGateway({
      pages: { mode, development: true, files: given },
      authenticator: { mode: auth },
      areas: [shop],
      sockets: [],
      manager: { namespaces: { patterns: ['window:{number}'] } },
      logger,
    }),
  );
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    app.handle(new Request(`http://localhost${path}`, { method, headers }));
  return { ask, log };
}

const browser = { accept: 'text/html,*/*;q=0.8' };

interface Facts {
  readonly root: string;
  readonly people: readonly object[];
}

async function factsOf(response: Response): Promise<Facts> {
  const [, json = ''] = /id="facts">(.*?)<\/script>/.exec(await response.text()) ?? [];
  return JSON.parse(json);
}

test('a page is a document without inline code, under a strict policy, and kept by no cache unasked', async () => {
  const response = await serving().ask('/shop', browser);
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  const policy = response.headers.get('content-security-policy');
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"])
    expect(policy?.split('; ')).toContain(part);
  expect(policy).not.toContain('unsafe');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(text).toContain('<title>Shop &lt;b&gt; · Tambuli</title>');
  expect(text).toContain('<script type="module" src="./pages/a-1.js"></script>');
  expect(text).toContain('<link rel="modulepreload" href="./pages/shared-2.js">');
  expect(text).toContain('<link rel="stylesheet" href="./pages/page-3.css">');
  // The end of the data is no end that somebody's name brought.
  expect(text.split('</script>').length).toBe(3);
});

test('a page that is known already is not sent again', async () => {
  const { ask } = serving();
  const etag = (await ask('/shop', browser)).headers.get('etag') ?? '';
  const again = await ask('/shop', { ...browser, 'if-none-match': `"other", W/${etag}` });
  expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' });
});

test('the way to the root is relative, so that a proxy may give the server any path', async () => {
  const { ask } = serving();
  expect((await factsOf(await ask('/shop', browser))).root).toBe('./');
  expect((await factsOf(await ask('/shop/orders', browser))).root).toBe('../');
  expect((await factsOf(await ask('/shop/', browser))).root).toBe('../');
});

test('people for signing in are in the page only where the server believes everybody, by the roles of the page', async () => {
  expect((await factsOf(await serving().ask('/shop', browser))).people).toEqual([ana]);
  expect((await factsOf(await serving({ auth: 'jwt' }).ask('/shop', browser))).people).toEqual([]);
});

test('the root is a page for browsers and JSON for programs', async () => {
  const { ask } = serving();
  expect((await ask('/', browser)).headers.get('content-type')).toContain('text/html');
  const answer = await ask('/', { accept: '*/*' });
  expect(await answer.json()).toMatchObject({
    success: true,
    pages: [
      { path: '/' },
      { path: '/asyncapi' },
      { path: '/operate' },
      { path: '/shop' },
      { path: '/shop/orders' },
      { path: '/soon' },
    ],
  });
});

test('a file is kept for ever by caches, and sent in the smallest encoding that is taken', async () => {
  const { ask } = serving();
  const got = async (encodings: string) => {
    const response = await ask('/pages/a-1.js', { 'accept-encoding': encodings });
    return [response.headers.get('content-encoding'), await response.text()];
  };
  expect(await got('gzip, deflate, br')).toEqual(['br', 'brotli']);
  expect(await got('gzip, br;q=0')).toEqual(['gzip', 'zipped']);
  expect(await got('')).toEqual([null, 'plain']);
  const { headers } = await ask('/pages/a-1.js', { 'accept-encoding': 'br' });
  expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(headers.get('vary')).toBe('accept-encoding');
  expect(headers.get('content-type')).toBe(type);
  const known = { 'accept-encoding': 'br', 'if-none-match': headers.get('etag') ?? '' };
  expect((await ask('/pages/a-1.js', known)).status).toBe(304);
});

test('HEAD answers as GET does, without a body', async () => {
  const { ask } = serving();
  for (const path of ['/shop', '/pages/a-1.js']) {
    const [head, get] = [await ask(path, browser, 'HEAD'), await ask(path, browser)];
    expect({ status: head.status, etag: head.headers.get('etag'), body: await head.text() }).toEqual({
      status: 200,
      etag: get.headers.get('etag'),
      body: '',
    });
  }
});

test('a file and a page that are not there return 404 and say what to do', async () => {
  const { ask, log } = serving();
  for (const name of ['a-2.js', 'pages.json', '__proto__', '..%2f..%2fpackage.json']) {
    expect({ name, status: (await ask(`/pages/${name}`)).status }).toEqual({ name, status: 404 });
  }
  const missing = await ask('/soon', browser);
  expect(missing.status).toBe(404);
  expect((await missing.json()).detail).toContain('bun run pages');
  expect(log.join('')).toContain('bun run pages');
});

test('a server without pages has none, and no files of them', async () => {
  const { ask } = serving({ mode: 'off' });
  for (const path of ['/', '/shop', '/pages/a-1.js']) {
    expect({ path, status: (await ask(path, browser)).status }).toEqual({ path, status: 404 });
  }
});

test('pages of sources are built at the first request, once, and again only after a failure', async () => {
  let built = 0;
  const pages = pagesOfSources(async () => ({
    async bundlePages() {
      built += 1;
      if (built === 1) throw new Error('a comma is missing');
      return {
        manifest: { bundles: { 'shop/shop': bundle }, files: { 'a-1.js': type } },
        contents: new Map([['a-1.js', bytes('x')]]),
      };
    },
  }));
  expect(built).toBe(0);
  expect(pages.bundle('shop/shop')).rejects.toThrow('a comma is missing');
  expect(await pages.bundle('shop/shop')).toEqual(bundle);
  expect((await pages.file('a-1.js'))?.encodings.identity).toEqual(bytes('x'));
  expect(await pages.file('constructor')).toBeUndefined();
  expect(built).toBe(2);
});

test('a folder without built pages has none', async () => {
  const pages = builtPages('/nowhere');
  expect(await pages.bundle('shop/shop')).toBeUndefined();
  expect(await pages.file('a-1.js')).toBeUndefined();
});
