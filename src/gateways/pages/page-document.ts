import type { DemoPerson, PageAddress } from '../../extension/addresses.ts';
import type { PageBundle } from './page-files.ts';

/** The facts that a page needs before it asks anything. `clients/pages/src/shell/facts.ts` reads them. */
export interface PageFacts {
  /** The way from the page to the root of the server, `./` or `../`: behind a proxy that root may have any path. */
  readonly root: string;
  readonly path: string;
  readonly mode: 'jwt' | 'insecure';
  readonly development: boolean;
  readonly pages: readonly PageAddress[];
  /** Empty where the server checks tokens. */
  readonly people: readonly DemoPerson[];
  /** The demo may have tokens that expire, and where `kills`, end a process. */
  readonly demo?: { readonly kills: boolean };
  /** Patterns of the channels, for the console of the start page. */
  readonly channels?: readonly string[];
}

/** The HTML of a page. Its addresses are relative: behind a proxy the page may have another path. */
export function pageDocument(title: string, bundle: PageBundle, facts: PageFacts): string {
  const at = (name: string) => `${facts.root}pages/${name}`;
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)} · Tambuli</title>`,
    '<link rel="icon" href="data:,">',
    ...bundle.styles.map((name) => `<link rel="stylesheet" href="${at(name)}">`),
    ...bundle.imports.map((name) => `<link rel="modulepreload" href="${at(name)}">`),
    `<script type="application/json" id="facts">${JSON.stringify(facts).replaceAll('<', '\\u003c')}</script>`,
    `<script type="module" src="${at(bundle.script)}"></script>`,
    '</head>',
    '<body>',
    '<div id="page"></div>',
    '<noscript>This page needs JavaScript.</noscript>',
    '</body>',
    '</html>',
    '',
  ];
  return lines.join('\n');
}

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => signs[sign] ?? sign);

/** The way from a page at this path to the root of the server. */
export function wayToRoot(path: string): string {
  const depth = path.split('/').length - 2;
  return depth === 0 ? './' : '../'.repeat(depth);
}
