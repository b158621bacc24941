import { type Item, Refusal } from '../../contracts/gateway/driver.ts';
import { gatewayContract } from '../../contracts/gateway/gateway.ts';
import { openSse, Refused, type SseClient } from '../../support/clients/sse-client.ts';

/** The item of the contract for each event, by its name. */
const items: Readonly<Record<string, (data: Readonly<Record<string, unknown>>) => Item>> = {
  message: ({ channel, offset, type }) => ({
    ...{ kind: 'publication', channel: String(channel) },
    ...{ offset: Number(offset), type: String(type) },
  }),
  reset: ({ channel, position }) => ({ kind: 'lost', channel: String(channel), position: String(position) }),
  presence_state: (data) => presence(data),
  presence_diff: (data) => presence(data),
};

gatewayContract({
  name: 'SSE',
  kind: 'stream',
  async open({ service, token, channels, since, take }) {
    const vector = Object.entries(since).map(([channel, position]) => `${channel}@${position}`);
    const url = `${service.url}/api/realtime/stream?channels=${channels}&since=${vector}`;
    const client = await openStream(url, token);
    const patience = 60_000;
    const forward = async (event: string, toItem: (data: Record<string, unknown>) => Item) => {
      for (;;) take(toItem((await client.next(event, patience)).data as Record<string, unknown>));
    };
    void Promise.allSettled(Object.entries(items).map(([event, toItem]) => forward(event, toItem)));
    return {
      positions: () =>
        Object.fromEntries((client.lastEventId ?? '').split(',').map((part) => part.split('@'))),
      ended: client.next('end', patience).then(
        ({ data }) => ({ reason: String((data as { reason: string }).reason) }),
        () => ({ reason: 'cut' }),
      ),
      ask: async () => (await openStream(url, token))[Symbol.asyncDispose](),
      close: async () => client[Symbol.asyncDispose](),
    };
  },
});

async function openStream(url: string, token: string): Promise<SseClient> {
  try {
    return await openSse(url, { authorization: `Bearer ${token}` });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const seconds = error.headers.get('retry-after');
    throw new Refusal(error.code, seconds === null ? undefined : Number(seconds) * 1_000);
  }
}

function presence({ channel, type, count }: Readonly<Record<string, unknown>>): Item {
  return { kind: 'presence', channel: String(channel), type: String(type), count: Number(count) };
}
