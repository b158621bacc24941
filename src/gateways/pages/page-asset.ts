import type { Encoding, PageFile } from './page-files.ts';
import { isKnown, pageHeaders } from './page-headers.ts';

/** A file whose name holds the hash of its content: a cache may keep it for ever. */
export function assetResponse(request: Request, name: string, file: PageFile): Response {
  const encoding = encodingFor(request, file);
  const etag = `"${name}${encoding === 'identity' ? '' : `.${encoding}`}"`;
  const headers = {
    ...pageHeaders(),
    'content-type': file.type,
    'cache-control': 'public, max-age=31536000, immutable',
    etag,
    vary: 'accept-encoding',
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
  };
  if (isKnown(request, etag)) return new Response(null, { status: 304, headers });
  return new Response(file.encodings[encoding], { headers });
}

/** The smallest encoding that the file has and the request takes. */
function encodingFor({ headers }: Request, { encodings }: PageFile): Encoding {
  const taken = (headers.get('accept-encoding') ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => !/;\s*q=0(\.0*)?$/.test(each))
    .map((each) => each.split(';')[0]);
  return (['br', 'gzip'] as const).find((each) => encodings[each] && taken.includes(each)) ?? 'identity';
}
