import { type End, type OpenOptions, Refusal } from '../../contracts/gateway/driver.ts';
import { gatewayContract } from '../../contracts/gateway/gateway.ts';
import { pace } from '../../support/pace.ts';

interface Page {
  readonly publications: readonly { readonly offset: number; readonly type: string }[];
  readonly position: string;
  readonly recovered: boolean;
  readonly more: boolean;
}

gatewayContract({
  name: 'Polling',
  kind: 'request',
  async open(options) {
    const { channels, since } = options;
    const abort = new AbortController();
    const poll = (channel: string, position: string | undefined, wait: number) =>
      request(options, channel, position, wait, abort.signal);
    const positions: Record<string, string> = {};
    const takePage = (channel: string, page: Page) => {
      positions[channel] = page.position;
      if (!page.recovered) options.take({ kind: 'lost', channel, position: page.position });
      for (const { offset, type } of page.publications) {
        options.take({ kind: 'publication', channel, offset, type });
      }
    };
    for (const channel of channels) {
      let page = await poll(channel, since[channel], 0);
      if (since[channel] !== undefined) takePage(channel, page);
      else {
        // Without a position a reader begins at the end, as on the other transports.
        while (page.more) page = await poll(channel, page.position, 0);
        positions[channel] = page.position;
      }
    }
    const follow = async (channel: string): Promise<End> => {
      for (;;) {
        const page = await poll(channel, positions[channel], 60).catch(comeBack);
        if (page) takePage(channel, page);
      }
    };
    const ended = Promise.race(channels.map(follow)).catch(({ message, retryAfterMs }: Refusal) => ({
      reason: ends[message] ?? message,
      retryAfterMs,
    }));
    return {
      positions: () => positions,
      ended,
      ask: () => poll(channels[0] ?? '', undefined, 0),
      async close() {
        abort.abort();
        await ended;
      },
    };
  },
});

/**
 * Waits as the answer asks where the server is not ready: a log that begins a new life takes the commands of
 * administrators with it, and the server refuses tokens until it knows again which are withdrawn.
 */
async function comeBack(refusal: Refusal): Promise<undefined> {
  if (refusal.reason !== 'not_ready') throw refusal;
  await pace(refusal.retryAfterMs ?? 1_000);
}

/** The code with which a connection would have ended. */
const ends: Record<string, string> = {
  token_expired: 'expired',
  token_revoked: 'revoked',
  shutting_down: 'shutdown',
};

async function request(
  { service, token }: OpenOptions,
  channel: string,
  since: string | undefined,
  wait: number,
  signal: AbortSignal,
): Promise<Page> {
  const from = since === undefined ? '' : `&since=${since}`;
  const url = `${service.url}/api/realtime/channels/${channel}/publications?limit=500&wait=${wait}${from}`;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers, signal }).catch((error: Error) => {
    throw new Refusal(signal.aborted ? error.name : 'shutting_down');
  });
  const body = (await response.json()) as Page & { code: string };
  if (response.status === 200) return body;
  const seconds = response.headers.get('retry-after');
  throw new Refusal(body.code, seconds === null ? undefined : Number(seconds) * 1_000);
}
