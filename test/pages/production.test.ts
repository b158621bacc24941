import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { Elysia } from 'elysia';
import { writePages } from '../../clients/pages/build.ts';
import { pagesGateway } from '../../src/gateways/pages/index.ts';
import { builtPages, type PageManifest } from '../../src/gateways/pages/page-files.ts';
import { createLogger } from '../../src/logger.ts';
import { warnOfMissingPages } from '../../src/page-files.ts';

let folder: string;
let manifest: PageManifest;
const log: string[] = [];
const logger = createLogger('warn', { write: (line) => log.push(line) });
const production = { environment: 'production', pages: 'plain' } as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tambuli-pages-'));
  await writePages(folder);
  manifest = await Bun.file(join(folder, 'pages.json')).json();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function serving() {
  const app = new Elysia().use(
    pagesGateway({
      pages: { mode: 'plain', development: false, files: builtPages(folder) },
      authenticator: { mode: 'jwt' },
      manager: { namespaces: { patterns: ['hearings'] } },
      areas: [],
      sockets: [],
      logger,
    }),
  );
  return (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    app.handle(new Request(`http://localhost${path}`, { method, headers }));
}

test('every built file is served as it was built, compressed and plain', async () => {
  const ask = serving();
  const names = Object.keys(manifest.files);
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    const plain = await (await ask(`/pages/${name}`)).bytes();
    const packed = await (await ask(`/pages/${name}`, { 'accept-encoding': 'br' })).bytes();
    const zipped = await (await ask(`/pages/${name}`, { 'accept-encoding': 'gzip' })).bytes();
    expect(Buffer.from(plain).equals(await Bun.file(join(folder, name)).bytes())).toBe(true);
    expect(brotliDecompressSync(packed).equals(plain)).toBe(true);
    expect(Buffer.from(Bun.gunzipSync(zipped)).equals(plain)).toBe(true);
    // The smallest files have nothing to be compressed.
    if (plain.length > 1_000) expect(packed.length).toBeLessThan(plain.length / 2);
  }
});

test('the page at the root tells no channel, person or mode of development in production', async () => {
  const text = await (await serving()('/', { accept: 'text/html' })).text();
  const [, facts = '{}'] = /id="facts">(.*?)<\/script>/.exec(text) ?? [];
  expect(JSON.parse(facts)).toMatchObject({ development: false, people: [], mode: 'jwt' });
  expect(JSON.parse(facts).channels).toBeUndefined();
});

test('a server without built pages starts and says what to run, and says nothing where they are there or off', async () => {
  await warnOfMissingPages(production, builtPages(folder), logger);
  await warnOfMissingPages({ ...production, pages: 'off' }, builtPages('/nowhere'), logger);
  expect(log).toEqual([]);
  await warnOfMissingPages(production, builtPages('/nowhere'), logger);
  expect(log.join('')).toContain('bun run pages');
});
