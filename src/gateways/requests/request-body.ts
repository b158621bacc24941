import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';
import { NumberOutOfRange, parseJson } from '../../protocol/wire/json.ts';
import { maxBodyBytes } from './body-limit.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the body of every request to what is registered after it: JSON in UTF-8, and nothing else. A form, which any page
 * can send, is not taken for JSON, and a compressed body is not unpacked: it could be a thousand times as large. The paths
 * in `forms` take a form instead, as the text that it is.
 */
export function requestBody(forms: ReadonlySet<string> = new Set()) {
  return new Elysia({ name: 'gateway-request-body' }).onParse({ as: 'global' }, ({ request, path }) => {
    if (!request.body) return undefined;
    return forms.has(path) ? request.text() : readBody(request);
  });
}

/** Null where the body is empty. Throws `unsupported_media_type`, `payload_too_large`, `invalid_body` and `number_out_of_range`. */
async function readBody(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type');
  if (type !== null) checkType(type);
  checkEncoding(request.headers.get('content-encoding'));
  const bytes = await bytesOf(request);
  if (bytes.byteLength === 0) return null;
  if (type === null) throw unsupported('The request has a body and no content-type.');
  try {
    return parseJson(utf8.decode(bytes));
  } catch (error) {
    if (error instanceof NumberOutOfRange) {
      throw new AppError('number_out_of_range', error.message, { cause: error });
    }
    // The parser's own words repeat what stands there, which may be somebody's secret.
    throw new AppError('invalid_body', 'The body is not JSON in UTF-8.', { cause: error });
  }
}

/** A body that tells its length is one that `bodyLimit` let through; of any other no more is read than a body may have. */
async function bytesOf(request: Request): Promise<Uint8Array> {
  if (request.headers.has('content-length') || !request.body)
    return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.byteLength;
    if (length > maxBodyBytes) {
      throw new AppError('payload_too_large', `A request body may have ${maxBodyBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** RFC 9110 §8.3.1: types and the names of parameters are the same in every case. */
function checkType(header: string): void {
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  const name = type.trim();
  if (name !== 'application/json' && !/^application\/[^ ]+\+json$/.test(name)) {
    throw unsupported('The body is not of the type application/json.');
  }
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
  if (
    charset &&
    !['utf-8', 'utf8', 'us-ascii'].includes(charset.slice('charset='.length).replaceAll('"', ''))
  ) {
    throw unsupported('The charset of the body is not UTF-8.');
  }
}

function checkEncoding(header: string | null): void {
  if (header === null || header.trim().toLowerCase() === 'identity') return;
  throw unsupported('The body has a content-encoding; this server takes it uncompressed.');
}

function unsupported(reason: string): AppError {
  return new AppError('unsupported_media_type', `${reason} Send JSON as "content-type: application/json".`);
}
