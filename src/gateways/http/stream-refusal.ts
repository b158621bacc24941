import type { AppError } from '../../errors.ts';
import { errorFrame } from '../../protocol/frames/server-frames.ts';
import { encodeEvent } from './stream-event.ts';

export const streamPath = '/api/realtime/stream';
/** The paths of the engine's stream and of those that domains add. */
const streamPaths = /^\/api\/realtime\/(?:.+\/)?stream$/;

export const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  // A client that comes back on a kept connection would come back to a process that is leaving.
  connection: 'close',
} as const;

const defaultRetryMs = 5_000;

/**
 * The answer to an EventSource for a failure that passes. It gives up for ever at any status but 200, so it gets a
 * stream that says what is wrong (`problem`) and when to come back, and ends. Undefined for everybody else.
 */
export function refusalStream(request: Request, failure: AppError): Response | undefined {
  if (!failure.shouldRetry || !request.headers.get('accept')?.includes('text/event-stream')) return undefined;
  if (!streamPaths.test(new URL(request.url).pathname)) return undefined;
  const { code, message, retryAfterMs = defaultRetryMs } = failure;
  const data = errorFrame(code, message, { retryAfterMs });
  return new Response(encodeEvent({ retry: retryAfterMs, event: 'problem', data }), {
    headers: streamHeaders,
  });
}
