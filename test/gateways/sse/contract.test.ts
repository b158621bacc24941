import { gatewayContract } from '../../contracts/gateway.ts';
import { openSse } from '../../support/sse-client.ts';

gatewayContract({
  name: 'SSE',
  async open({ service, token, channels, since, take }) {
    const vector = Object.entries(since).map(([channel, position]) => `${channel}@${position}`);
    const url = `${service.url}/api/realtime/stream?channels=${channels}&since=${vector}`;
    const client = await openSse(url, { authorization: `Bearer ${token}` });
    const patience = 60_000;
    const forward = async (event: string, pass: (data: Record<string, unknown>) => void) => {
      for (;;) pass((await client.next(event, patience)).data as Record<string, unknown>);
    };
    const publications = forward('message', ({ channel, offset }) =>
      take({ kind: 'publication', channel: String(channel), offset: Number(offset) }),
    );
    const resets = forward('reset', ({ channel, position }) =>
      take({ kind: 'lost', channel: String(channel), position: String(position) }),
    );
    void Promise.allSettled([publications, resets]);
    return {
      positions: () =>
        Object.fromEntries((client.lastEventId ?? '').split(',').map((part) => part.split('@'))),
      ended: client.next('end', patience).then(
        ({ data }) => String((data as { reason: string }).reason),
        () => 'cut',
      ),
      close: async () => client[Symbol.asyncDispose](),
    };
  },
});
