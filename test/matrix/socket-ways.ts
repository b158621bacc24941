import type { Domain } from '../../src/extension/domain.ts';
import { type Options, openSocketIo } from '../support/clients/socket-io-client.ts';
import { connect, type WsClient } from '../support/clients/ws-client.ts';
import { createEar, type Visit, type Way } from './visit.ts';

type Json = Readonly<Record<string, unknown>>;

/** The answer to a frame: its code when it is an error. */
async function request(client: WsClient, frame: Json): Promise<string | undefined> {
  const id = crypto.randomUUID();
  client.send({ ...frame, id });
  for (;;) {
    const answer = await client.next();
    if (answer['id'] !== id) continue;
    return answer.type === 'error' ? String(answer['code']) : undefined;
  }
}

function websocket(
  name: string,
  brings: Way['brings'],
  frameOf: (visit: Visit) => Json,
  path = '/ws/realtime',
): Way {
  return {
    name: `WebSocket ${path}: ${name}`,
    brings,
    async open(visit) {
      const address = `${visit.service.url.replace('http', 'ws')}${path}`;
      const client = await connect(address, { headers: visit.credentials });
      await client.next('authenticated');
      const { control, controlSince: since } = visit;
      await request(client, { type: 'subscribe', channel: control, since });
      const refusal = await request(client, frameOf(visit));
      return {
        refusal,
        heard: () => JSON.stringify(client.all()),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
  };
}

/** A stock client; `connecting` is what it says of itself, `subscribe` the payload of its event, if it sends one. */
function socketIo(
  name: string,
  brings: Way['brings'],
  options: {
    readonly transport: 'websocket' | 'polling';
    readonly connecting?: (vector: string) => Json;
    readonly subscribe?: (visit: Visit) => Json;
    /** In place of `subscribe`. */
    readonly event?: string;
  },
): Way {
  return {
    name: `Socket.IO by ${options.transport}: ${name}`,
    brings,
    async open(visit) {
      const { service, credentials, channel, since, control, controlSince } = visit;
      const { hear, heard } = createEar();
      const vector = `${channel}@${since},${control}@${controlSince}`;
      const how: Options = {
        transports: [options.transport],
        extraHeaders: { ...credentials },
        auth: { ...options.connecting?.(vector) },
        reconnection: false,
      };
      const client = await openSocketIo(service.url, how, hear);
      const named = ({ args: [first] }: { args: readonly unknown[] }) =>
        (first as Json | null)?.['channel'] === channel;
      let refusal: unknown;
      if (options.subscribe) {
        await client.ask('subscribe', { channel: control, since: controlSince });
        const answer = await client.ask(options.event ?? 'subscribe', options.subscribe(visit));
        hear(answer);
        refusal = answer['type'] === 'error' ? answer['code'] : undefined;
      } else {
        const { name: event, args } = await client.nextEvent(
          (each) => (each.name === 'subscribed' || each.name === 'error') && named(each),
        );
        refusal = event === 'error' ? (args[0] as Json)['code'] : undefined;
      }
      return {
        refusal: refusal === undefined ? undefined : String(refusal),
        heard,
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
  };
}

const transports = ['websocket', 'polling'] as const;

export const socketWays: readonly Way[] = [
  websocket('subscribe', ['after'], ({ channel }) => ({ type: 'subscribe', channel })),
  websocket('subscribe with since', ['before', 'after'], ({ channel, since }) => ({
    ...{ type: 'subscribe', channel, since },
  })),
  websocket('sync_request', ['before'], ({ channel, since }) => ({ type: 'sync_request', channel, since })),
  ...transports.flatMap((transport) => [
    socketIo('subscribe', ['after'], { transport, subscribe: ({ channel }) => ({ channel }) }),
    socketIo('subscribe with since', ['before', 'after'], {
      ...{ transport, subscribe: ({ channel, since }) => ({ channel, since }) },
    }),
    socketIo('since at connect', ['before', 'after'], { transport, connecting: (since) => ({ since }) }),
    // The data that the stock client sends of itself when it reconnects.
    socketIo('connection state recovery', ['before', 'after'], {
      ...{ transport, connecting: (offset) => ({ pid: 'of-somebody', offset }) },
    }),
  ]),
];

/** The ways of a domain's own to channels of this pattern: what its Socket.IO clients call them, and its WebSockets. */
export function domainSocketWays(
  { socketIo: clients, sockets = [] }: Domain,
  pattern: string,
): readonly Way[] {
  const shape = (name: string) => name.replace(/\{\w+\}/g, '{}');
  const rooms = Object.entries(clients?.rooms ?? {}).filter(([, room]) => shape(room) === shape(pattern));
  return [
    ...rooms.map(([name, room]) => {
      const fields = [...room.matchAll(/\{(\w+)\}/g)].map(([, field = '']) => field);
      const subscribe = ({ channel }: Visit) => {
        const segments = channel.split(':').slice(1);
        return Object.fromEntries(fields.map((field, index) => [field, segments[index]]));
      };
      const event = `subscribe:${name}`;
      return socketIo(event, ['after'], { transport: 'websocket', subscribe, event });
    }),
    ...sockets.map(({ path }) =>
      websocket('subscribe', ['after'], ({ channel }) => ({ type: 'subscribe', channel }), path),
    ),
  ];
}
