import { describe, expect, test } from 'bun:test';
import { serverFrames } from '../../../src/protocol/frames/server-frames.ts';
import type { Frame } from '../../support/clients/frame.ts';
import { createInbox } from '../../support/clients/inbox.ts';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { startWholeService } from '../../support/documents/declared-schemas.ts';
import { schemasOf } from '../../support/documents/json-schema.ts';
import { roomDomain } from '../../support/services/room-domain.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';

/** The acts of this test with a client of either socket. */
interface Client {
  send(frame: Frame): void;
  /** The first frame of this type not yet taken. */
  next(type: string): Promise<Frame>;
  all(): Frame[];
}

type ServerMessage = keyof typeof serverFrames | 'publication' | 'ephemeral';

const room = 'rooms:1';

/** Makes the server send a frame of each kind to the client, one after the other, and says of which type it is. */
const provoke: {
  readonly [K in ServerMessage]: (client: Client, service: TestService) => Promise<string> | string;
} = {
  connected: () => 'connected',
  authenticated: (client) => asked(client, 'authenticated', { type: 'auth', userId: 'ana', role: 'admin' }),
  subscribed: (client) => asked(client, 'subscribed', { type: 'subscribe', channel: room }),
  presence_state: () => 'presence_state',
  async presence_diff(_, service) {
    await using _other = await joinAs(service, { userId: 'ben' }, [room]);
    return 'presence_diff';
  },
  published: (client) =>
    asked(client, 'published', { type: 'publish', channel: room, publicationType: 'note', data: 1 }),
  publication: () => 'note',
  async ephemeral(_, service) {
    const typing = { type: 'publish', channel: room, publicationType: 'typing', data: {}, ephemeral: true };
    await using other = await joinAs(service, { userId: 'eva' });
    return asked(other, 'typing', typing);
  },
  sync_response: (client) => asked(client, 'sync_response', { type: 'sync_request', id: 's', channel: room }),
  history: (client) => asked(client, 'history', { type: 'history', id: 'h', channel: room }),
  pong: (client) => asked(client, 'pong', { type: 'ping', id: 7 }),
  error: (client) => asked(client, 'error', { type: 'subscribe', channel: 'nowhere' }),
  unsubscribed: (client) => asked(client, 'unsubscribed', { type: 'unsubscribe', channel: room }),
  async reconnect(_, service) {
    await service[Symbol.asyncDispose]();
    return 'reconnect';
  },
};

function asked(client: Pick<Client, 'send'>, answer: string, frame: Frame): string {
  client.send(frame);
  return answer;
}

const clients: Readonly<Record<string, (service: TestService) => Promise<Client>>> = {
  websocket: (service) => connect(service.socketUrl),
  async 'socket.io'({ url }) {
    const inbox = createInbox<Frame>('socket.io client');
    const { socket } = await openSocketIo(url, { reconnection: false }, ({ name, args }) => {
      if (name !== 'position' && name !== 'end') inbox.push(args[0] as Frame);
    });
    return {
      send: (frame) => socket.emit(frame.type, frame),
      next: (type) => inbox.next((frame) => frame.type === type, type),
      all: () => inbox.all(() => true),
    };
  },
};

describe.each(Object.entries(clients))('over %s', (_, open) => {
  test('every kind of frame the server sends fits its schema in /asyncapi.json', async () => {
    const service = await startTestService({ extraDomains: [roomDomain] });
    const schemas = schemasOf((await service.get('/asyncapi.json')).body as object);
    const client = await open(service);
    for (const make of Object.values(provoke)) await client.next(await make(client, service));
    const frames = client.all();
    for (const frame of frames) {
      const faults = schemas.faults(['components', 'messages', messageOf(frame), 'payload'], frame);
      expect({ frame, faults }).toEqual({ frame, faults: '' });
    }
    const seen = new Set(frames.map((frame) => messageOf(frame).replace('server.', '')));
    expect([...seen].sort()).toEqual(Object.keys(provoke).sort());
  });
});

/** Its name in the document. */
function messageOf({ type, ephemeral }: Frame): string {
  if (type in serverFrames) return `server.${type}`;
  return ephemeral === true ? 'ephemeral' : 'publication';
}

test('every address where a socket opens is in the document', async () => {
  await using service = await startWholeService();
  const document = (await service.get('/asyncapi.json')).body as {
    readonly channels: Readonly<Record<string, { readonly address: string }>>;
  };
  const listed = Object.values(document.channels).map(({ address }) => address);
  const open = service.routes.filter(({ method }) => method === 'WS').map(({ path }) => path);
  expect(open).toContain('/ws');
  expect(listed.sort()).toEqual([...open, '/socket.io/'].sort());
});

test('a schema of the document refuses a frame that is not what it says', async () => {
  await using service = await startTestService();
  const schemas = schemasOf((await service.get('/asyncapi.json')).body as object);
  const faults = schemas.faults(['components', 'messages', 'server.connected', 'payload'], {
    type: 'connected',
    timestamp: 'yesterday',
  });
  expect(faults).toContain('clientId');
  expect(faults).toContain('date-time');
});

test('the document names the server by the address it was asked at, and TLS by what the proxy says', async () => {
  await using service = await startTestService();
  const serversFor = async (headers: Record<string, string>) =>
    ((await service.get('/asyncapi.json', headers)).body as { servers: object }).servers;
  const { host } = new URL(service.url);
  expect(await serversFor({})).toMatchObject({ websocket: { host, protocol: 'ws' }, socketio: { host } });
  expect(await serversFor({ 'x-forwarded-proto': 'https' })).toMatchObject({
    websocket: { protocol: 'wss' },
  });
});
