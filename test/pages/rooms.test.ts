import { expect, test } from 'bun:test';
import { dirname, join, normalize } from 'node:path';
import { Glob } from 'bun';

/** The dependency rule of the pages: a room sees itself and the shell, and the server only as its clients do. */

const root = join(import.meta.dir, '../..');
const pages = 'clients/pages/src/';

interface Import {
  readonly from: string;
  readonly isType: boolean;
}

const sources = await Promise.all(
  [...new Glob(`${pages}**/*.{ts,tsx}`).scanSync({ cwd: root })].sort().map(async (file) => {
    const code = await Bun.file(join(root, file)).text();
    const statements = code.matchAll(/^\s*(import|export)\s+(type\s)?(?:[^;'"]*?from\s+)?'([^']+)'/gm);
    const imports = [...statements].map(
      ([, , type, from = '']): Import => ({
        from: from.startsWith('.') ? normalize(join(dirname(file), from)) : from,
        isType: type !== undefined,
      }),
    );
    return { file, code, imports };
  }),
);

const packages = /^(react(-dom\/client)?|@preact\/signals|uplot)$/;
/** The public entries of the client package, which one file passes on. */
const clientEntries = /^clients\/web\/src\/(parts\/|react\/|react\/parts\/)?index\.ts$/;
/** Types alone: the bodies of routes and frames, and the facts of a page. */
const serverTypes =
  /^src\/(protocol\/.*|(chat|files)\/model|extension\/addresses|gateways\/pages\/.*|operate\/.*model|domains\/.*-?model|app)\.ts$/;

function isAllowed(file: string, { from, isType }: Import): boolean {
  if (from.startsWith('src/')) return isType && serverTypes.test(from);
  if (from.startsWith('clients/web/')) return file === `${pages}shell/client.ts` && clientEntries.test(from);
  if (!from.startsWith(pages)) return packages.test(from) || from.endsWith('.css');
  const room = (path: string) => path.slice(pages.length).split('/')[0];
  return room(from) === room(file) || room(from) === 'shell';
}

test('a room of the pages imports itself, the shell, the client package, and types of the server', () => {
  expect(sources.length).toBeGreaterThan(15);
  const broken = sources.flatMap(({ file, imports }) =>
    imports.filter((each) => !isAllowed(file, each)).map(({ from }) => `${file} may not import ${from}`),
  );
  expect(broken).toEqual([]);
});

/** `wire-tap.ts` and `connection-id.ts` are parts of the environment of a client. */
const askers = ['rest.ts', 'wire-tap.ts', 'browser/connection-id.ts'].map((file) => `${pages}shell/${file}`);

test('a page makes no markup of text, and asks the server by the client and rest.ts alone', () => {
  const markup = /dangerouslySetInnerHTML|\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write/;
  const asking = /\bfetch\(|new (WebSocket|EventSource|XMLHttpRequest)\(/;
  const offenders = sources.filter(
    ({ file, code }) => markup.test(code) || (asking.test(code) && !askers.includes(file)),
  );
  expect(offenders.map(({ file }) => file)).toEqual([]);
});

test('no room of the pages has more than twelve files, and no file more than 300 lines', () => {
  const rooms = Map.groupBy(sources, ({ file }) => dirname(file));
  expect([...rooms].filter(([, { length }]) => length > 12).map(([room]) => room)).toEqual([]);
  expect(sources.filter(({ code }) => code.split('\n').length > 300).map(({ file }) => file)).toEqual([]);
});
