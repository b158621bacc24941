import { Refusal } from '../../contracts/gateway/driver.ts';
import { gatewayContract } from '../../contracts/gateway/gateway.ts';
import { ConnectError, openSocketIo, type SocketIoEvent } from '../../support/clients/socket-io-client.ts';

type Json = Readonly<Record<string, unknown>>;

for (const transport of ['websocket', 'polling'] as const) {
  gatewayContract({
    name: `Socket.IO by ${transport}`,
    kind: 'socket',
    async open({ service, token, channels, since, origin, take }) {
      // One resumes by its subscribes, the other by the positions it connects with.
      const byAuth = transport === 'polling' && Object.keys(since).length > 0;
      const vector = Object.entries(since).map(([channel, position]) => `${channel}@${position}`);
      const auth = { token, ...(byAuth && { since: vector.join() }) };
      let position = '';
      const hear = ({ name, args: [first, second] }: SocketIoEvent) => {
        if (typeof second === 'string') position = second;
        if (name === 'position') position = String(first);
        if (typeof first !== 'object' || first === null) return;
        const { channel: given, offset, type: itsType, ...more } = first as Json;
        const [channel, type] = [String(given), String(itsType)];
        if (more['recovered'] === false) take({ kind: 'lost', channel, position: String(more['position']) });
        if (name === 'unsubscribed') take({ kind: 'denied', channel, code: String(more['code']) });
        if (name.startsWith('presence_'))
          take({ kind: 'presence', type, channel, count: Number(more['count']) });
        if (typeof offset === 'number') take({ kind: 'publication', channel, offset, type });
      };
      const extraHeaders = origin === undefined ? {} : { origin };
      const options = { transports: [transport], auth, extraHeaders, reconnection: false };
      const client = await openSocketIo(service.url, options, hear).catch((error: unknown) => {
        throw error instanceof ConnectError ? refusal(error.data ?? { code: error.message }) : error;
      });
      const refused = client.nextEvent(({ name }) => name === 'error', 60_000);
      void refused.catch(() => 'closed');
      const ask = async (event: string, payload: object = {}) => {
        const answer = await client.ask(event, payload);
        if (answer['type'] === 'error') throw refusal(answer);
        hear({ name: 'acknowledged', args: [answer] });
      };
      const resumed = async (channel: string) => {
        if (!byAuth) return ask('subscribe', { channel, since: since[channel] });
        const answer = client.nextEvent(
          ({ name, args: [first] }) => name === 'subscribed' && (first as Json)['channel'] === channel,
        );
        const { name, args } = await Promise.race([answer, refused]);
        if (name === 'error') throw refusal(args[0] as Json);
      };
      try {
        for (const channel of channels) await resumed(channel);
      } catch (error) {
        client.socket.disconnect();
        throw error;
      }
      return {
        positions: () => positionsOf(position),
        ended: Promise.race([
          client.next('end', 60_000).then(({ reason }) => ({ reason: String(reason) })),
          // Between two polls nothing can be told, and the next one may not be let in any more.
          client
            .next('disconnect', 60_000)
            .then((why) => ({ reason: `${why}`.replace('transport error', 'shutdown') })),
        ]),
        ask: () => ask('ping'),
        refresh: (another) => ask('auth', { token: another }),
        close: async () => client[Symbol.asyncDispose](),
      };
    },
  });
}

const refusal = ({ code, retryAfterMs }: Json) => new Refusal(String(code), retryAfterMs);

const positionsOf = (vector: string): Record<string, string> =>
  Object.fromEntries(vector.split(',').map((part) => part.split('@')));
