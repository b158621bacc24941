import type { Problem } from '../../../../src/protocol/schemas/problem.ts';
import { serverUrl } from './facts.ts';
import { headersOf, type Session, session, signOut } from './session.ts';
import { toast, toastFailure } from './toasts.tsx';

/** A request that the server refused, or that never reached it. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly code: string;
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    const { detail = 'The server could not be reached.', remedy } = problem ?? {};
    super(remedy ? `${detail} ${remedy[0]?.toUpperCase()}${remedy.slice(1)}.` : detail);
    this.status = status;
    this.problem = problem;
    this.code = problem?.code ?? 'network';
  }
}

interface RequestOptions {
  readonly signal?: AbortSignal;
  /** The same key again gets the first answer. */
  readonly key?: string;
  /** The request outlives the page. */
  readonly keepalive?: boolean;
  /** The ETag of the answer that the caller has already. */
  readonly etag?: string;
  /** Another person than the one who is signed in, where the server believes everybody. */
  readonly as?: Session;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Asks a route as the person who is signed in. Rejects with {@link RestError}. */
export async function request<Answer>(
  method: Method,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<Answer> {
  const response = await ask(method, path, options, body);
  return (isJson(response) ? await response.json() : undefined) as Answer;
}

/** The same with the whole answer, for what is no JSON. */
export async function ask(
  method: Method,
  path: string,
  {
    signal,
    key,
    etag,
    as,
    keepalive,
    accept = 'application/json',
  }: RequestOptions & { readonly accept?: string },
  body?: unknown,
): Promise<Response> {
  const who = as ?? session.peek();
  const response = await fetch(serverUrl + path, {
    method,
    headers: {
      accept,
      ...headersOf(who),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(etag !== undefined && { 'if-none-match': etag }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
    ...(keepalive && { keepalive }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new RestError(0, undefined);
  });
  if (response.ok || response.status === 304) return response;
  const problem: Problem | undefined = isJson(response) ? await response.json() : undefined;
  const error = new RestError(response.status, problem);
  if (response.status === 401 && who && session.peek() === who) signOut(error.message);
  throw error;
}

const isJson = ({ headers }: Response) => headers.get('content-type')?.includes('json') === true;

export const get = <Answer>(path: string, signal?: AbortSignal): Promise<Answer> =>
  request<Answer>('GET', path, undefined, signal && { signal });

/** An answer, and the ETag by which it is recognized. */
export interface Tagged<Answer> {
  readonly answer: Answer;
  readonly etag: string | null;
}

/** Asks a route again. Resolves with what the caller knows where the answer is still the same. */
export async function refresh<Answer>(
  path: string,
  signal: AbortSignal,
  known: Tagged<Answer> | undefined,
): Promise<Tagged<Answer>> {
  const etag = known?.etag;
  const response = await ask('GET', path, { signal, ...(etag && { etag }) });
  if (response.status === 304 && known) return known;
  const answer: Answer = await response.json();
  return { answer, etag: response.headers.get('etag') };
}

/** The target of a signed link, which leads to this server or to the storage of files. */
export const linkTarget = (url: string): string => (url.startsWith('/') ? serverUrl + url : url);

/** Uploads by a signed link, which is the right: no credentials go with it. Rejects with {@link RestError}. */
export async function putByLink(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Blob,
): Promise<void> {
  const response = await fetch(linkTarget(url), { method: 'PUT', headers, body }).catch(() => undefined);
  if (!response?.ok) throw new RestError(response?.status ?? 0, undefined);
}

/** Runs what a person asked for, and tells them when it fails. Resolves with undefined then. */
export async function attempt<Answer>(
  work: () => Promise<Answer>,
  done?: string,
): Promise<Answer | undefined> {
  try {
    const answer = await work();
    if (done !== undefined) toast(done, 'good');
    return answer;
  } catch (error) {
    toastFailure(error);
    return undefined;
  }
}
