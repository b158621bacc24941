import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config/settings.ts';
import { builtPages, type PageBuilder, type PageFiles, pagesOfSources } from './gateways/pages/page-files.ts';
import type { Logger } from './logger.ts';

const root = join(import.meta.dir, '..');

/** In production the files that `bun run pages` made; otherwise the sources, where this is the repository. */
export function pageFiles({ environment }: Pick<Config, 'environment'>): PageFiles {
  const builder = join(root, 'clients/pages/build.ts');
  if (environment === 'production' || !existsSync(builder)) return builtPages(join(root, 'dist/pages'));
  // The package has no sources of pages, so the builder is no import of the program.
  return pagesOfSources(() => import(builder) as Promise<PageBuilder>);
}

/** A server starts without its pages, as everything else works; its log says so. */
export async function warnOfMissingPages(
  { environment, pages }: Pick<Config, 'environment' | 'pages'>,
  files: PageFiles,
  logger: Logger,
): Promise<void> {
  if (environment !== 'production' || pages === 'off' || (await files.bundle('landing/plain'))) return;
  logger.warn('pages are not built; their addresses return 404 until "bun run pages" has run before a start');
}
