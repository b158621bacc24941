import { dirname, join, relative } from 'node:path';
import { defineConfig, type MarkdownRenderer } from 'vitepress';
import { contentsOf } from './contents.ts';

const root = join(import.meta.dirname, '../..');

/** The site of `bun run docs`. A link that leads nowhere fails the build. */
export default defineConfig({
  title: 'Tambuli',
  description: 'A realtime backend for applications whose truth lives in Postgres',
  srcDir: root,
  srcExclude: [
    '{node_modules,bench,test,drizzle,.github,.data}/**',
    '{clients,examples}/*/*/**',
    'README.md',
  ],
  rewrites: (path) =>
    addressOf(path)
      .slice(1)
      .replace(/(^|\/)$/, '$1index')
      .concat('.md'),
  outDir: join(root, 'docs/.vitepress/dist'),
  cacheDir: join(root, 'node_modules/.cache/vitepress'),
  cleanUrls: true,
  markdown: { config: linkBySite },
  themeConfig: {
    search: { provider: 'local' },
    sidebar: contentsOf(root).map(({ title, pages }) => ({
      text: title,
      items: pages.map((page) => ({ text: page.title, link: addressOf(page.path) })),
    })),
  },
});

/** Where a document of the repository stands in the site. */
function addressOf(path: string): string {
  const [, area] = /^src\/domains\/([\w-]+)\/README\.md$/.exec(path) ?? [];
  if (area) return `/areas/${area}`;
  if (path.startsWith('docs/')) return path.slice('docs'.length).replace(/(index)?\.md$/, '');
  return path === 'README.md' ? '/' : `/project/${path.replace(/(\/README)?\.md$/, '').toLowerCase()}`;
}

/** Documents link to one another by file, as GitHub shows them; VitePress would resolve that from the rewritten place. */
function linkBySite(md: MarkdownRenderer): void {
  md.core.ruler.push('link-by-site', ({ tokens, env }) => {
    const links = tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === 'link_open');
    for (const link of links) {
      const [, path, anchor = ''] = /^(?![a-z]+:)([^#]+\.md)(#.*)?$/.exec(link.attrGet('href') ?? '') ?? [];
      if (!path) continue;
      link.attrSet('href', addressOf(relative(root, join(dirname(env.realPath ?? env.path), path))) + anchor);
    }
  });
}
