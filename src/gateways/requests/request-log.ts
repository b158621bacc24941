import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import { isOfEngineSession } from '../callers/socket-io-path.ts';
import { problemResponse } from '../http/problem.ts';
import { requestFacts } from '../http/request-facts.ts';
import { refusalStream } from '../http/stream-refusal.ts';

interface RequestLogDeps {
  readonly logger: Logger;
  readonly createId: () => string;
  /** True from the moment the process is leaving: new requests are refused, running ones finish. */
  readonly isDraining: () => boolean;
}

/**
 * Whether the sender will not use the connection again. Bun closes it then, and a client that is not told so by the same
 * header in the response writes its next request into the closing connection (Node's "socket hang up").
 */
const wantsClose = ({ headers }: Request) => /(^|,)\s*close\s*(,|$)/i.test(headers.get('connection') ?? '');

const acceptableId = /^[A-Za-z0-9_.:-]{1,64}$/;

/** The response of a process that is leaving. */
function refusalOf(request: Request, id: string): Response {
  const leaving = new AppError('shutting_down', 'This process is being replaced.', { retryAfterMs: 1_000 });
  return refusalStream(request, leaving) ?? problemResponse(leaving, id);
}

/**
 * Gives every request an id (the caller's `x-request-id` where it has one) and logs it by path: queries can hold tokens.
 * A change by an operator is logged at `info`, with the name of the caller: the audit log.
 */
export function requestLog({ logger, createId, isDraining }: RequestLogDeps) {
  return new Elysia({ name: 'gateway-request-log' })
    .onRequest(({ request, set }) => {
      const given = request.headers.get('x-request-id');
      const id = given && acceptableId.test(given) ? given : createId();
      requestFacts.set(request, { id, startedAt: performance.now() });
      set.headers['x-request-id'] = id;
      // Nearly every response is somebody's own, and a shared cache in between does not know whose.
      set.headers['cache-control'] = 'no-store';
      if (wantsClose(request)) set.headers['connection'] = 'close';
      let refusal: Response | undefined;
      if (isDraining() && !isOfEngineSession(request)) refusal = refusalOf(request, id);
      // Elysia awaits a hook whose text returns a call, for every request.
      return refusal;
    })
    .onAfterResponse({ as: 'global' }, ({ request, path, set, responseValue }) => {
      const about = requestFacts.get(request);
      if (!about?.audited && !logger.isLevelEnabled('debug')) return;
      const status = responseValue instanceof Response ? responseValue.status : set.status;
      logger[about?.audited ? 'info' : 'debug'](
        {
          requestId: about?.id,
          caller: about?.caller,
          method: request.method,
          path,
          status,
          ms: about && Math.round(performance.now() - about.startedAt),
        },
        about?.audited ? 'operator request' : 'request',
      );
    });
}
