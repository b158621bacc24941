import type { TObject } from '@sinclair/typebox';
import { closeCodes } from '../wire/close-codes.ts';
import { errorCodes } from '../wire/codes.ts';
import { type ClientFrameType, clientFrames, type FrameOf } from './client-frames.ts';
import { type DeclaredChannel, declaredMessages } from './declared-messages.ts';
import type { FramePair } from './own-frames.ts';
import { BatchFrame, EphemeralFrame, PublicationFrame } from './publication-frames.ts';
import { serverFrames, subprotocol } from './server-frames.ts';

export interface AsyncApiOptions {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  /** The address at which the reader of the document found the server, `host` or `host:port`. */
  readonly host: string;
  readonly protocol: 'ws' | 'wss';
  /** Names of channels as the namespaces have them: `hearings`, `case:{id}`. */
  readonly patterns: readonly string[];
  /** The channels that declare the schemas of what they carry. */
  readonly declared?: readonly DeclaredChannel[];
  /** The frames that domains add to every socket. */
  readonly frames?: readonly FramePair[];
  /** The other addresses at which clients of applications open native sockets. */
  readonly addresses?: readonly Address[];
}

interface Address {
  readonly path: string;
  readonly summary?: string;
}

/** The wire as an AsyncAPI 3 document, seen from the server: it receives what clients send. */
export function asyncApi({
  info,
  host,
  protocol,
  patterns,
  declared = [],
  frames = [],
  addresses = [],
}: AsyncApiOptions): object {
  const ownReplies = Object.fromEntries(
    frames.map(({ replyType, reply }) => [`server.${replyType}`, correlated(replyType, reply)]),
  );
  const sent = { ...serverMessages, ...declaredMessages(declared), ...ownReplies };
  const messages = { ...clientMessagesFor(patterns), ...ownMessagesOf(frames), ...sent };
  const security = Object.keys(securitySchemes).map((name) => ref('securitySchemes', name));
  const names = patterns.map((pattern) => `\`${pattern}\``).join(', ');
  const ways = [...transports, ...addresses.map(addressedSocket)];
  const channel = ({ id: _, server, description, ...way }: Way) => ({
    ...way,
    description: `${description} Channels of this server: ${names}.`,
    servers: [{ $ref: `#/servers/${server}` }],
    messages: Object.fromEntries(Object.keys(messages).map((name) => [name, ref('messages', name)])),
    'x-close-codes': Object.fromEntries(Object.values(closeCodes).map((each) => [each.code, each.meaning])),
  });
  return {
    asyncapi: '3.0.0',
    info,
    defaultContentType: 'application/json',
    servers: {
      websocket: { host, protocol, security },
      socketio: { host, protocol: 'socketio', security },
    },
    channels: Object.fromEntries(ways.map((way) => [way.id, channel(way)])),
    operations: Object.assign({}, ...ways.map(({ id }) => operationsOf(id, frames, sent))),
    components: { messages, securitySchemes, correlationIds: { id: { location: '$message.payload#/id' } } },
  };
}

const handshake = {
  method: 'GET',
  query: {
    type: 'object',
    properties: {
      batch: { type: 'boolean', description: 'true: this client knows `batch` frames' },
      token: {
        type: 'string',
        description: 'for those who can neither set headers nor wait to send an auth frame',
      },
    },
  },
  headers: {
    type: 'object',
    properties: {
      'sec-websocket-protocol': {
        type: 'string',
        description: `\`${subprotocol}\`, and \`bearer.<token>\` where a token is to travel here`,
      },
    },
  },
  bindingVersion: '0.1.0',
};

/** A way to carry the frames, which are the same on all. */
interface Way {
  readonly id: string;
  readonly server: 'websocket' | 'socketio';
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly bindings?: object;
}

const transports: readonly Way[] = [
  {
    id: 'websocket',
    server: 'websocket',
    address: '/ws/realtime',
    title: 'Native socket',
    description: 'One JSON object per text frame.',
    bindings: { ws: handshake },
  },
  {
    id: 'socketio',
    server: 'socketio',
    address: '/socket.io/',
    title: 'Socket.IO',
    description:
      'Each frame is an event named by its `type`, with the frame as its argument. The answer goes to the acknowledgement where there is one. Positions of all channels come as a last argument, or alone as `position`; `end` has the close code. `auth` of the handshake takes `{token, since}`.',
  },
];

/** A native socket at an address of an application: `/ws` is the channel `websocket_ws`. */
function addressedSocket({ path, summary = 'A native socket of an application' }: Address): Way {
  return {
    id: `websocket_${path.replace(/\W+/g, '_').replace(/^_/, '') || 'root'}`,
    server: 'websocket',
    address: path,
    title: summary,
    description: `As /ws/realtime. ${summary}.`,
    bindings: { ws: handshake },
  };
}

/** The reply to a frame that is no error. */
const replies: { readonly [T in ClientFrameType]: keyof typeof serverFrames | undefined } = {
  auth: 'authenticated',
  subscribe: 'subscribed',
  unsubscribe: 'unsubscribed',
  ping: 'pong',
  pong: undefined,
  sync_request: 'sync_response',
  history: 'history',
  publish: 'published',
};

const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  tokenInAddress: { type: 'httpApiKey', in: 'query', name: 'token' },
  serviceKey: { type: 'httpApiKey', in: 'header', name: 'x-api-key' },
};

const serverMessages = {
  publication: message('publication', PublicationFrame),
  ephemeral: message('ephemeral', EphemeralFrame),
  batch: message('batch', BatchFrame),
  ...Object.fromEntries(
    Object.entries(serverFrames).map(([type, frame]) => [`server.${type}`, correlated(type, frame)]),
  ),
  'server.error': { ...correlated('error', serverFrames.error), 'x-error-codes': errorCodes },
};

function clientMessagesFor(patterns: readonly string[]): Record<string, object> {
  const examples = examplesIn(patterns[0]?.replace(/\{\w+\}/g, '1') ?? 'channel');
  return Object.fromEntries(
    Object.entries(clientFrames).map(([type, frame]) => [
      `client.${type}`,
      { ...correlated(type, frame), examples: [{ payload: examples[type as ClientFrameType] }] },
    ]),
  );
}

function ownMessagesOf(frames: readonly FramePair[]): Record<string, object> {
  return Object.fromEntries(
    frames.map(({ type, sent: { examples = [], ...schema } }) => {
      const shown = (examples as readonly unknown[]).map((payload) => ({ payload }));
      return [`client.${type}`, { ...correlated(type, schema as TObject), examples: shown }];
    }),
  );
}

function examplesIn(channel: string): { readonly [T in ClientFrameType]: FrameOf<T> } {
  return {
    auth: { type: 'auth', id: 1, token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' },
    subscribe: { type: 'subscribe', id: 2, channel, since: '2b7f0a:41' },
    unsubscribe: { type: 'unsubscribe', id: 3, channel },
    ping: { type: 'ping', id: 4 },
    pong: { type: 'pong' },
    sync_request: { type: 'sync_request', id: 5, channel, since: '2b7f0a:41', limit: 100 },
    history: { type: 'history', id: 6, channel, before: '2b7f0a:41', limit: 50 },
    publish: { type: 'publish', id: 7, channel, publicationType: 'note', data: { n: 1 }, key: 'note-1' },
  };
}

function operationsOf(transport: string, frames: readonly FramePair[], sent: object): Record<string, object> {
  const channel = { $ref: `#/channels/${transport}` };
  const messages = (names: readonly string[]) =>
    names.map((name) => ({ $ref: `${channel.$ref}/messages/${name}` }));
  const pairs = [
    ...Object.entries(clientFrames).map(([type, { description }]) => ({
      type,
      description,
      reply: replies[type as ClientFrameType],
    })),
    ...frames.map(({ type, sent: { description }, replyType: reply }) => ({ type, description, reply })),
  ];
  const received = pairs.map(({ type, description: summary, reply }) => {
    const answers = reply && { reply: { channel, messages: messages([`server.${reply}`, 'server.error']) } };
    return [
      `${transport}.${type}`,
      { action: 'receive', channel, summary, messages: messages([`client.${type}`]), ...answers },
    ];
  });
  const push = {
    action: 'send',
    channel,
    summary: 'Whatever the server says, asked or not.',
    messages: messages(Object.keys(sent)),
  };
  return { ...Object.fromEntries(received), [`${transport}.push`]: push };
}

function message(name: string, payload: TObject): object {
  return { name, summary: payload.description, payload };
}

/** A frame whose `id` is that of the request and of its answer. */
function correlated(name: string, payload: TObject): object {
  const correlationId = 'id' in payload.properties && ref('correlationIds', 'id');
  return { ...message(name, payload), ...(correlationId && { correlationId }) };
}

function ref(kind: string, name: string): object {
  return { $ref: `#/components/${kind}/${name}` };
}
