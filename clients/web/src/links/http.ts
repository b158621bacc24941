import type { ClientFrame, IncomingFrame, LinkEnd, LinkHost } from './link.ts';

/** An answer that is no success, as the end of a link or the error of a frame. */
export interface Refusal extends LinkEnd {
  readonly status: number;
  readonly channel?: string;
}

const publications = (channel: string) =>
  `/api/realtime/channels/${encodeURIComponent(channel)}/publications`;

/** Requests of the transports that are not a socket. */
export function httpOf(host: LinkHost, aborting: AbortController) {
  async function request(
    path: string,
    query: Record<string, string>,
    init: RequestInit = {},
  ): Promise<Response> {
    const search = [new URLSearchParams(query), host.query()].map(String).filter(Boolean).join('&');
    const response = await host.environment.fetch(`${host.url}${path}?${search}`, {
      ...init,
      cache: 'no-store',
      headers: { ...host.headers(), ...init.headers },
      signal: init.signal ?? aborting.signal,
    });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }

  const json = async (path: string, query: Record<string, string>, init?: RequestInit) =>
    (await request(path, query, init)).json();

  /** Carries out a frame that a socket would, and hands on its reply. */
  async function carryOut(frame: ClientFrame): Promise<void> {
    const { id, type } = frame;
    try {
      if (type === 'history') {
        const { channel, before = 'latest', limit = 50 } = frame;
        const page = await json(publications(channel), { before, limit: `${limit}` });
        host.frame({ ...page, type: 'history', id } as IncomingFrame);
      } else if (type === 'publish') {
        const { channel, publicationType, data, key, ephemeral } = frame;
        const receipt = await json(
          '/api/realtime/publish',
          {},
          {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              ...(key !== undefined && { 'idempotency-key': key }),
            },
            body: JSON.stringify({ channel, type: publicationType, data, ...(ephemeral && { ephemeral }) }),
          },
        );
        host.frame({ ...receipt, type: 'published', id } as IncomingFrame);
      }
    } catch (error) {
      if (aborting.signal.aborted) return;
      const { reason = 'network', message = 'The request failed.', retryAfterMs } = asRefusal(error);
      host.frame({
        type: 'error',
        code: reason,
        error: reason,
        message,
        ...(id !== undefined && { id }),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    }
  }

  return { request, json, carryOut, publications };
}

async function refusalOf(response: Response): Promise<Refusal> {
  const { status, headers } = response;
  const problem = await response.json().catch(() => ({}));
  const seconds = Number(headers.get('retry-after'));
  return {
    status,
    code: 1006,
    reason:
      problem.code ??
      (status === 401
        ? 'unauthenticated'
        : status < 500 && status !== 408 && status !== 429
          ? `http_${status}`
          : 'network'),
    message: problem.detail ?? `The server answered ${status}.`,
    ...(problem.details?.channel !== undefined && { channel: problem.details.channel }),
    ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }),
  };
}

/** What was thrown by a request, as a refusal. */
export function asRefusal(error: unknown): Partial<Refusal> & LinkEnd {
  return typeof error === 'object' && error !== null && 'status' in error
    ? (error as Refusal)
    : { code: 1006 };
}
