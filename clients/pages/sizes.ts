import type { PageBuilder } from '../../src/gateways/pages/page-files.ts';

export interface PageSize {
  readonly bundle: string;
  /** Bytes of its scripts and styles, compressed by gzip. */
  readonly bytes: number;
  readonly limit: number;
}

const kib = 1_024;
/** A page that becomes larger than this fails the build's test. */
const limits: Readonly<Record<string, number>> = {
  'operate/operate': 60 * kib,
  // Cases, their forms, locks, conversations and an inbox, in two languages.
  'clinic/portal': 50 * kib,
};
/** Preact, signals, the client with all its transports, and the frame of every page are about 24 KiB of it. */
const usual = 40 * kib;

/** The sizes of what a browser with an empty cache fetches for each page. */
export function pageSizes({
  manifest,
  contents,
}: Awaited<ReturnType<PageBuilder['bundlePages']>>): readonly PageSize[] {
  const compressed = new Map(
    [...contents].map(([name, content]) => [name, Bun.gzipSync(content, { level: 9 }).length]),
  );
  return Object.entries(manifest.bundles).map(([bundle, { script, imports, styles }]) => ({
    bundle,
    bytes: [script, ...imports, ...styles].reduce((sum, name) => sum + (compressed.get(name) ?? 0), 0),
    limit: limits[bundle] ?? usual,
  }));
}

export function renderSizes(sizes: readonly PageSize[]): string {
  const shown = (bytes: number) => (bytes / kib).toFixed(1).padStart(6);
  return sizes
    .map(({ bundle, bytes, limit }) => `${shown(bytes)} KiB of ${shown(limit)}  ${bundle}`)
    .join('\n');
}
