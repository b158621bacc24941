import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';

/** The largest request body, in bytes. */
export const maxBodyBytes = 1024 * 1024;

/** Bun cuts off here what came without a length, or with a false one; its own answer has no body. Bytes. */
export const bodyWallBytes = 2 * maxBodyBytes;

/** A path that takes larger bodies by PUT, which are no JSON. */
interface Uploads {
  readonly path: string;
  readonly bytes: number;
}

/** Refuses bodies that say they are too large before they are read. */
export function bodyLimit(uploads: Uploads) {
  return new Elysia({ name: 'gateway-body-limit' }).onRequest(({ request }) => {
    const length = Number(request.headers.get('content-length'));
    // Also where it is no number, which is refused later.
    if (!(length > maxBodyBytes)) return;
    const isUpload = request.method === 'PUT' && new URL(request.url).pathname === uploads.path;
    if (isUpload && length <= uploads.bytes) return;
    throw new AppError('payload_too_large', `A request body may have ${maxBodyBytes} bytes.`);
  });
}
