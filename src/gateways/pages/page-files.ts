import { join } from 'node:path';

/** The files of one page, by their names beside each other. */
export interface PageBundle {
  readonly script: string;
  /** Scripts that the first one imports. */
  readonly imports: readonly string[];
  readonly styles: readonly string[];
}

/** `pages.json`, the list of what was built. */
export interface PageManifest {
  readonly bundles: Readonly<Record<string, PageBundle>>;
  /** Names with the media type; the name holds a hash of the content. */
  readonly files: Readonly<Record<string, string>>;
}

export interface PageFile {
  readonly type: string;
  readonly encodings: Readonly<Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>> & {
    readonly identity: Uint8Array<ArrayBuffer>;
  };
}

export type Encoding = 'br' | 'gzip' | 'identity';

/** The source of pages. Both resolve with undefined for a name that there is not. */
export interface PageFiles {
  bundle(name: string): Promise<PageBundle | undefined>;
  file(name: string): Promise<PageFile | undefined>;
}

/** The files that `bun run pages` has written to the folder, each read once. */
export function builtPages(folder: string): PageFiles {
  const manifest = once(async (): Promise<PageManifest | undefined> => {
    const file = Bun.file(join(folder, 'pages.json'));
    return (await file.exists()) ? file.json() : undefined;
  });
  const kept = new Map<string, Promise<PageFile | undefined>>();
  return {
    bundle: async (name) => own((await manifest())?.bundles, name),
    async file(name) {
      const type = own((await manifest())?.files, name);
      if (type === undefined) return undefined;
      const reading = kept.get(name) ?? read(join(folder, name), type);
      kept.set(name, reading);
      return reading;
    },
  };
}

async function read(path: string, type: string): Promise<PageFile> {
  const [identity, br, gzip] = await Promise.all(
    ['', '.br', '.gz'].map((suffix) => Bun.file(`${path}${suffix}`).bytes()),
  );
  return {
    type,
    encodings: { ...(br && { br }), ...(gzip && { gzip }), identity: identity ?? new Uint8Array() },
  };
}

/** The builder of `clients/pages/build.ts`, which only a checkout of the repository has. */
export interface PageBuilder {
  bundlePages(): Promise<{
    readonly manifest: PageManifest;
    readonly contents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  }>;
}

/** Pages that are bundled at the first request, for development. */
export function pagesOfSources(load: () => Promise<PageBuilder>): PageFiles {
  const built = once(async () => (await load()).bundlePages());
  return {
    bundle: async (name) => own((await built()).manifest.bundles, name),
    async file(name) {
      const { manifest, contents } = await built();
      const [type, identity] = [own(manifest.files, name), contents.get(name)];
      return type === undefined || !identity ? undefined : { type, encodings: { identity } };
    },
  };
}

/** The result of the first call; a failure is forgotten, so that the next call tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record && Object.hasOwn(record, name) ? record[name] : undefined;
