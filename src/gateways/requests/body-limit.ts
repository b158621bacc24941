import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';

/** The largest request body, in bytes. */
export const maxBodyBytes = 1024 * 1024;

/** Bun cuts off here what came without a length, or with a false one; its own answer has no body. Bytes. */
export const bodyWallBytes = 2 * maxBodyBytes;

/** Refuses bodies that say they are too large before they are read. */
export function bodyLimit() {
  return new Elysia({ name: 'gateway-body-limit' }).onRequest(({ request }) => {
    if (Number(request.headers.get('content-length')) > maxBodyBytes) {
      throw new AppError('payload_too_large', `A request body may have ${maxBodyBytes} bytes.`);
    }
  });
}
