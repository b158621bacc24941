import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A storage that speaks the protocol of Amazon S3, as far as files need it, and checks every signature and time. */
export interface S3Server extends AsyncDisposable {
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly objects: Map<string, { readonly body: Uint8Array; readonly type: string; readonly etag: string }>;
  /** From now on it responds to every request so; undefined: as it should. */
  fail(status: number | undefined): void;
}

const region = 'ap-southeast-1';
const bucket = 'clinic-files';
const accessKeyId = 'AKIDEXAMPLE';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

export function startS3Server(now: () => number = Date.now): S3Server {
  const objects: S3Server['objects'] = new Map();
  let failure: number | undefined;

  async function answer(request: Request): Promise<Response> {
    if (failure !== undefined) return new Response(null, { status: failure });
    const refusal = refusalOf(request, now());
    if (refusal) return error(403, refusal);
    const url = new URL(request.url);
    const [, first, ...rest] = decodeURIComponent(url.pathname).split('/');
    if (first !== bucket) return error(404, 'NoSuchBucket');
    const key = rest.join('/');
    const found = objects.get(key);
    switch (request.method) {
      case 'HEAD':
        return new Response(null, { status: key === '' || found ? 200 : 404 });
      case 'PUT':
        return request.headers.has('x-amz-copy-source') ? copy(key, request) : put(key, request);
      case 'DELETE':
        objects.delete(key);
        return new Response(null, { status: 204 });
      default:
        return found ? get(found, request, url) : error(404, 'NoSuchKey');
    }
  }

  async function put(key: string, request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer());
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    objects.set(key, { body, type: request.headers.get('content-type') ?? '', etag });
    return new Response(null, { headers: { etag } });
  }

  function copy(key: string, { headers }: Request): Response {
    const source = decodeURIComponent(headers.get('x-amz-copy-source') ?? '').replace(`/${bucket}/`, '');
    const found = objects.get(source);
    if (!found) return error(404, 'NoSuchKey');
    if (headers.get('x-amz-copy-source-if-match') !== found.etag) return error(412, 'PreconditionFailed');
    objects.set(key, found);
    return new Response(`<CopyObjectResult><ETag>${found.etag}</ETag></CopyObjectResult>`);
  }

  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
  return {
    settings: { endpoint: server.url.origin, region, bucket, accessKeyId, secretAccessKey },
    objects,
    fail(status) {
      failure = status;
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

function get(
  { body, type, etag }: { body: Uint8Array; type: string; etag: string },
  request: Request,
  url: URL,
) {
  const { searchParams } = url;
  const headers: Record<string, string> = {
    etag,
    'content-type': searchParams.get('response-content-type') ?? type,
  };
  const disposition = searchParams.get('response-content-disposition');
  if (disposition) headers['content-disposition'] = disposition;
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? [];
  if (first === undefined) return new Response(body.slice(), { headers });
  const to = Math.min(last ? Number(last) : body.length, body.length - 1);
  headers['content-range'] = `bytes ${first}-${to}/${body.length}`;
  return new Response(body.slice(Number(first), to + 1), { status: 206, headers });
}

const error = (status: number, code: string) =>
  new Response(`<Error><Code>${code}</Code></Error>`, { status });

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
function refusalOf(request: Request, now: number): string | undefined {
  const url = new URL(request.url);
  const isLink = url.searchParams.has('X-Amz-Signature');
  const authorization = request.headers.get('authorization') ?? '';
  const header = new Map<string, string>();
  for (const [, name = '', value = ''] of authorization.matchAll(/(\w+)=([^, ]+)/g)) header.set(name, value);
  const given = (name: string) => (isLink ? url.searchParams.get(`X-Amz-${name}`) : header.get(name)) ?? '';
  const date = (isLink ? url.searchParams.get('X-Amz-Date') : request.headers.get('x-amz-date')) ?? '';
  const scope = [date.slice(0, 8), region, 's3', 'aws4_request'];
  if (given('Credential') !== [accessKeyId, ...scope].join('/')) return 'InvalidAccessKeyId';
  if (isLink && url.searchParams.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return 'InvalidAlgorithm';
  const made = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const lifeMs = isLink ? Number(given('Expires')) * 1_000 : 15 * 60_000;
  if (!(made - 15 * 60_000 <= now && now < made + lifeMs)) return 'AccessDenied: Request has expired';
  const names = given('SignedHeaders').split(';');
  if (!names.includes('host')) return 'AccessDenied: host is not signed';
  const payload = isLink ? 'UNSIGNED-PAYLOAD' : (request.headers.get('x-amz-content-sha256') ?? '');
  const canonical = [
    request.method,
    encoded(decodeURIComponent(url.pathname)).replaceAll('%2F', '/'),
    [...url.searchParams]
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${(request.headers.get(name) ?? '').trim()}`),
    '',
    names.join(';'),
    payload,
  ].join('\n');
  const text = [
    'AWS4-HMAC-SHA256',
    date,
    scope.join('/'),
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const key = scope.reduce<Uint8Array | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  );
  const expected = Buffer.from(hmac(key, text).toString('hex'));
  const found = Buffer.from(given('Signature'));
  const isGood = found.length === expected.length && timingSafeEqual(found, expected);
  return isGood ? undefined : 'SignatureDoesNotMatch';
}

const hmac = (key: Uint8Array | string, text: string) => createHmac('sha256', key).update(text).digest();

const encoded = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
