import { AppError } from '../../errors.ts';
import { subprotocol } from '../../protocol/frames/server-frames.ts';

/**
 * The subprotocol of the 101, undefined where the client offers none. A client that offers others gets one of its own
 * back, or a browser would fail without a reason; `checkSubprotocol` then refuses it. Throws AppError
 * `unsupported_protocol` where nothing is offered but a token, which must not be repeated in a response.
 */
export function chooseSubprotocol(request: Request): string | undefined {
  const offered = offeredBy(request);
  if (offered.length === 0 || offered.includes(subprotocol))
    return offered.length > 0 ? subprotocol : undefined;
  const other = offered.find((name) => !name.startsWith('bearer.'));
  if (other === undefined) throw unsupported();
  return other;
}

/** Throws AppError `unsupported_protocol` for a client that offers subprotocols without the one of this server. */
export function checkSubprotocol(request: Request): void {
  const offered = offeredBy(request);
  if (offered.length > 0 && !offered.includes(subprotocol)) throw unsupported();
}

function offeredBy({ headers }: Request): readonly string[] {
  const list = headers.get('sec-websocket-protocol');
  if (list === null) return [];
  const names = list.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

function unsupported(): AppError {
  return new AppError('unsupported_protocol', `Offer the subprotocol "${subprotocol}" as well, or none.`);
}
