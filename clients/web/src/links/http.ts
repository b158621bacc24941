import { type Fault, faults } from '../errors.ts';
import type { ClientFrame, IncomingFrame, LinkHost } from './link.ts';

export const publicationsOf = (channel: string) =>
  `/api/realtime/channels/${encodeURIComponent(channel)}/publications`;

/** Requests of the transports that are not a socket. A failure is thrown as a `Fault`. */
export function httpOf(
  { url, environment, token, identity, frame: hand }: LinkHost,
  aborting: AbortController,
) {
  async function request(
    path: string,
    query: Record<string, string>,
    init: RequestInit = {},
  ): Promise<Response> {
    const { userId, role = '', tenants = [] } = identity ?? {};
    const search = new URLSearchParams(query);
    const bearer = token();
    // Insecure mode reads who is there from the address.
    if (!bearer && userId)
      for (const [name, value] of Object.entries({ userId, role, tenants })) {
        if (value.length > 0) search.set(name, String(value));
      }
    const response = await environment.fetch(`${url}${path}?${search}`, {
      ...init,
      cache: 'no-store',
      headers: { ...(bearer && { authorization: `Bearer ${bearer}` }), ...init.headers },
      signal: init.signal ?? aborting.signal,
    });
    if (!response.ok) throw await faultOf(response);
    return response;
  }

  const json = async (...args: Parameters<typeof request>) => (await request(...args)).json();

  async function carryOut(frame: ClientFrame): Promise<IncomingFrame | undefined> {
    if (frame.type === 'history') {
      const { channel, before = 'latest', limit = 50 } = frame;
      return { type: 'history', ...(await json(publicationsOf(channel), { before, limit: `${limit}` })) };
    }
    if (frame.type !== 'publish') return undefined;
    const { id: _, key, type: _type, publicationType: type, ...rest } = frame;
    const { position, repeated } = await json(
      '/api/realtime/publish',
      {},
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) },
        body: JSON.stringify({ ...rest, type }),
      },
    );
    return { type: 'published', position, repeated };
  }

  return {
    request,
    json,
    /** Does by a request what a socket does by this frame, and hands on its reply. */
    async send(frame: ClientFrame): Promise<void> {
      const { id } = frame;
      try {
        const reply = await carryOut(frame);
        if (reply) hand({ ...reply, id } as IncomingFrame);
      } catch (thrown) {
        if (!aborting.signal.aborted) hand({ ...asFault(thrown), type: 'error', id } as IncomingFrame);
      }
    },
  };
}

/** The problem document of a server, or what the answer of something in between tells. */
async function faultOf(response: Response): Promise<Fault> {
  const { status, headers } = response;
  const problem = await response.json().catch(() => ({}));
  const seconds = Number(headers.get('retry-after'));
  return {
    code: `http_${status}`,
    ...problem,
    status,
    message: problem.detail ?? `The server answered ${status}.`,
    channel: problem.details?.channel,
    ...(seconds && { retryAfterMs: seconds * 1_000 }),
  };
}

/** What a request threw. */
export const asFault = (thrown: unknown): Fault =>
  'status' in Object(thrown) ? (thrown as Fault) : faults.network;
