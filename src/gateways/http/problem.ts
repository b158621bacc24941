import type { ValueError } from '@sinclair/typebox/value';
import { Elysia, ValidationError } from 'elysia';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import { faultMessage } from '../../protocol/schemas/fault.ts';
import type { Problem } from '../../protocol/schemas/problem.ts';
import { type ErrorCode, errorCodes } from '../../protocol/wire/codes.ts';
import type { Telemetry } from '../../realtime/ports/telemetry.ts';
import { requestFacts, unknownOf } from './request-facts.ts';
import { refusalStream } from './stream-refusal.ts';

/** Looked for in one value, and told of. */
const maxFaults = 64;
const maxListedErrors = 20;

interface ProblemsOptions {
  readonly logger: Logger;
  /** Told every error that leaves. */
  readonly onRefusal: Telemetry['refused'];
  /** The methods that routes take at a path. */
  readonly methodsAt: (path: string) => readonly string[];
}

/**
 * The one funnel of HTTP failures: every error of every route leaves as a problem document. Registered first and
 * global, because Elysia's onError counts only for what comes after it, and prints raw messages where none counts.
 */
export function problems({ logger, onRefusal, methodsAt }: ProblemsOptions) {
  return new Elysia({ name: 'gateway-problems' }).onError(
    { as: 'global' },
    ({ code, error, request, set }) => {
      const given = isRead(request) ? error : writeFailure(error);
      const methods = code === 'NOT_FOUND' ? methodsAt(new URL(request.url).pathname) : [];
      const { failure, errors: found } = methods.length > 0 ? wrongMethod(methods) : translate(code, given);
      const unknown = failure.code === 'validation_failed' ? unknownOf.get(request) : undefined;
      const errors = unknown ? [...(found ?? []), ...unknown] : found;
      const requestId = requestFacts.get(request)?.id;
      if (isDeparture(error, request)) {
        logger.debug({ requestId }, 'a client left before its request was answered');
        return problemResponse(failure, requestId);
      }
      const { caller, id } = requestFacts.get(request) ?? {};
      const route = `${request.method} ${new URL(request.url).pathname.slice(0, 200)}`;
      onRefusal(failure.code, { requestId: id, userId: caller?.replace(/^user:/, ''), route });
      if (failure.code === 'internal' || failure.code === 'not_in_database') {
        logger.error(
          { err: failure.cause ?? failure, requestId },
          'a request failed; its caller gets the error `internal`',
        );
      }
      const stream = refusalStream(request, failure);
      if (!stream) {
        const response = problemResponse(failure, requestId, errors);
        if (methods.length > 0) response.headers.set('allow', methods.join(', '));
        return response;
      }
      // Elysia takes the status of the error over that of a response that has 200.
      set.status = 200;
      return stream;
    },
  );
}

export function problemResponse(
  failure: AppError,
  requestId: string | undefined,
  errors?: Problem['errors'],
): Response {
  const body: Problem = {
    type: `urn:tambuli:error:${failure.code}`,
    title: sentence(errorCodes[failure.code].meaning),
    status: failure.status,
    detail: failure.message,
    code: failure.code,
    remedy: errorCodes[failure.code].remedy,
    success: false,
    ...(requestId && { requestId }),
    ...(failure.details && { details: failure.details }),
    ...(errors && { errors }),
  };
  const headers = new Headers({
    'content-type': 'application/problem+json',
    // The detail may repeat what a caller sent: no browser is to take it for a page.
    'x-content-type-options': 'nosniff',
  });
  if (requestId) headers.set('x-request-id', requestId);
  if (failure.status === 401) headers.set('www-authenticate', 'Bearer');
  if (failure.retryAfterMs !== undefined) {
    headers.set('retry-after', String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000))));
  }
  return new Response(JSON.stringify(body), { status: failure.status, headers });
}

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD';

/** Returns the error in its form for a request that writes. */
const writeFailure = (error: unknown) => (error instanceof AppError ? AppError.fromWrite(error) : error);

/** The client closed its connection, and a step of its request ended for that reason: nobody reads the response. */
function isDeparture(error: unknown, { signal }: Request): boolean {
  return signal.aborted && error instanceof Error && error.name === 'AbortError';
}

function wrongMethod(methods: readonly string[]): ReturnType<typeof translate> {
  return { failure: new AppError('method_not_allowed', `This path takes ${methods.join(', ')} only.`) };
}

function translate(code: unknown, error: unknown): { failure: AppError; errors?: Problem['errors'] } {
  if (error instanceof AppError) return refusal(error);
  if (error instanceof ValidationError) return validation(error);
  const known: Record<string, [ErrorCode, string]> = {
    NOT_FOUND: ['not_found', 'There is nothing at this path; /openapi lists what there is.'],
    PARSE: ['invalid_body', 'The body is not what its content-type says.'],
  };
  const cause = error instanceof Error ? error.cause : undefined;
  if (code === 'PARSE' && cause instanceof AppError) return refusal(cause);
  const found = known[String(code)];
  return { failure: found ? new AppError(...found) : AppError.from(error) };
}

function refusal(failure: AppError): { failure: AppError; errors?: Problem['errors'] } {
  const { field, message } = failure;
  return field === undefined ? { failure } : { failure, errors: [{ field, message }] };
}

function validation(error: ValidationError): { failure: AppError; errors?: Problem['errors'] } {
  // A response that does not fit its own schema is our fault, and its content nobody's business.
  if (error.type === 'response') return { failure: AppError.from(error) };
  // A number of an address, out of its bounds: Elysia does not say which.
  if (error.type === 'property' && error.valueError) {
    const { value, valueError } = error;
    return { failure: new AppError('validation_failed', `${value}: ${valueError.message}.`) };
  }
  const found = faultsOf(error).map((fault) => ({
    field: fault.path.slice(1).replaceAll('/', '.'),
    message: faultMessage(fault),
  }));
  const seen = new Map(found.reverse().map((each) => [each.field, each]));
  const errors = [...seen.values()].reverse().slice(0, maxListedErrors);
  const fields = errors.map(({ field }) => field || 'the body').join(', ');
  return {
    failure: new AppError('validation_failed', `The ${error.type} is wrong in: ${fields}.`),
    errors,
  };
}

/** Not `error.all`: Elysia writes the values into its texts, and throws at one with a `toString` of its own. */
function faultsOf({ validator, value }: ValidationError): ValueError[] {
  const found: Iterable<ValueError> = 'Errors' in validator ? validator.Errors(value) : [];
  return Iterator.from(found).take(maxFaults).toArray();
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
