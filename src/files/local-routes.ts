import { Elysia } from 'elysia';
import { AppError } from '../errors.ts';
import type { FileStore } from '../extension/files/store.ts';
import { LocalFileStore, localPath } from './local-store.ts';

/** A page that shows a file runs nothing of it, whatever a browser takes it for. */
const handedHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  // The link is the right: pages of an application's own origin show images by it.
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-store',
};

/** The targets of the links of a local store. They are registered before bodies are read: an upload is no JSON. */
export function localFileRoutes(store: FileStore | undefined) {
  const app = new Elysia({ name: 'files-local', detail: { hide: true } });
  if (!(store instanceof LocalFileStore)) return app;
  return app
    .put(localPath, async ({ request }) => upload(store, request), { parse: 'none' })
    .get(localPath, async ({ request }) => download(store, request));
}

interface Files {
  readonly store: FileStore | undefined;
  readonly settings: { readonly maxBytes: number };
}

/** The uploads that this server takes itself. */
export const localUploads = ({ store, settings }: Files) => ({
  path: localPath,
  bytes: store instanceof LocalFileStore ? settings.maxBytes : 0,
});

async function upload(store: LocalFileStore, request: Request): Promise<Response> {
  const { key, type, size } = await rightOf(store, request, 'put');
  const { headers, body } = request;
  if (headers.get('content-type') !== type || Number(headers.get('content-length')) !== size) {
    throw new AppError(
      'forbidden',
      `This link is for an upload of ${size} bytes as "content-type: ${type}".`,
    );
  }
  if (!body) throw new AppError('invalid_body', 'The upload is empty.');
  await store.receive(key, size, body);
  return new Response(null, { status: 200 });
}

async function download(store: LocalFileStore, request: Request): Promise<Response> {
  const { key, type, disposition } = await rightOf(store, request, 'get');
  const place = await store.placeOf(key);
  if (!place) throw new AppError('not_found', 'The file is not there any more.');
  // Bun serves the part that a player asks for.
  return new Response(Bun.file(place), {
    headers: { ...handedHeaders, 'content-type': type, 'content-disposition': disposition },
  });
}

async function rightOf<Act extends 'put' | 'get'>(store: LocalFileStore, request: Request, act: Act) {
  const right = await store.right(new URL(request.url).searchParams.get('link') ?? '');
  if (right?.act === act) return right as Extract<typeof right, { act: Act }>;
  throw new AppError('forbidden', 'This link is not valid, or is over: ask for a new one.');
}
