import { join } from 'node:path';

/** `bun clients/web/sizes.ts`: what each entry costs a page, minified and compressed by gzip, with its limit. */

interface Size {
  readonly entry: string;
  readonly bytes: number;
  readonly limit: number;
}

const kib = 1_024;
/** A change that makes an entry larger than this fails the build. */
const limits: Readonly<Record<string, number>> = { index: 11.25 * kib, websocket: 7.75 * kib };

/** Each entry bundled alone, as the bundler of an application would. */
export async function sizes(): Promise<readonly Size[]> {
  return Promise.all(
    Object.entries(limits).map(async ([entry, limit]) => {
      const { outputs } = await Bun.build({
        entrypoints: [join(import.meta.dir, 'src', `${entry}.ts`)],
        minify: true,
        target: 'browser',
      });
      const text = (await outputs[0]?.text()) ?? '';
      return { entry, bytes: Bun.gzipSync(text, { level: 9 }).length, limit };
    }),
  );
}

if (import.meta.main) {
  for (const { entry, bytes, limit } of await sizes()) {
    process.stdout.write(`${entry}: ${(bytes / kib).toFixed(1)} KiB of ${(limit / kib).toFixed(1)}\n`);
  }
}
