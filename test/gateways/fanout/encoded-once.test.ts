import { expect, test } from 'bun:test';
import type { Authenticator } from '../../../src/auth/authenticator.ts';
import { SharedDelivery } from '../../../src/gateways/fanout/shared-delivery.ts';
import { ReaderVector } from '../../../src/gateways/fanout/vector.ts';
import type { HostDeps } from '../../../src/gateways/frames/peer.ts';
import { encodePublicationEvent } from '../../../src/gateways/http/stream-event.ts';
import { SocketIoGateway } from '../../../src/gateways/socket-io/gateway.ts';
import type { PacketReader } from '../../../src/gateways/socket-io/host.ts';
import { SseGateway } from '../../../src/gateways/sse/gateway.ts';
import type { StreamReader } from '../../../src/gateways/sse/host.ts';
import { WebSocketGateway } from '../../../src/gateways/websocket/gateway.ts';
import type { SocketReader } from '../../../src/gateways/websocket/host.ts';
import { createLogger } from '../../../src/logger.ts';
import type { Delivery, Gateway, Transport } from '../../../src/realtime/ports/transport.ts';
import { createEngine, limits, type RecordingClient, someone } from '../../support/services/engine.ts';

const readers = 50;

/** Counts how often its text is put into something. */
function countedDelivery() {
  const publication = { id: 'p', channel: 'open', epoch: 'e', offset: 1, type: 'note', data: '1' };
  const counted = { reads: 0 };
  const delivery: Delivery = {
    publication: { ...publication, timestamp: '' },
    get text() {
      counted.reads += 1;
      return '{}';
    },
  };
  return { delivery, counted };
}

function createGateways() {
  const { manager, clock } = createEngine();
  const logger = createLogger('silent');
  const origins = { listed: [], local: false, checkHost: false };
  const authenticator = {} as Authenticator;
  const deps: HostDeps = { manager, clock, logger, limits, authenticator, origins, frames: new Map() };
  const taken: string[] = [];
  const vector = new ReaderVector();
  const form = {
    present: (delivery: Delivery) => new SharedDelivery(delivery, encodePublicationEvent),
    beat: () => new Uint8Array(),
    tellsReset: true,
  };
  const stream: Pick<StreamReader, 'form' | 'take'> = {
    form,
    take: (event) => taken.push(`${event.take(vector, true)}`),
  };
  const packets: Pick<PacketReader, 'take'> = {
    take: (packet) => taken.push(`${packet.take(vector, true)}`),
  };
  const socket: Pick<SocketReader, 'sendPublication'> = {
    sendPublication: (_channel, text) => taken.push(text),
  };
  const made: readonly (readonly [Gateway, object])[] = [
    [new WebSocketGateway(deps, { path: '/ws', encode: ({ text }) => text }), socket],
    [new SseGateway({ manager, clock, logger, limits }), stream],
    [new SocketIoGateway(deps, []), packets],
  ];
  return { made, taken };
}

test('what goes to some readers of a channel is encoded once by each gateway, whatever their number', () => {
  const { made, taken } = createGateways();
  for (const [gateway, reader] of made) {
    const { delivery, counted } = countedDelivery();
    const to = Array.from({ length: readers }, () => reader as Transport);
    gateway.multicast('open', delivery, to);
    expect([gateway.name, counted.reads, taken.splice(0).length]).toEqual([gateway.name, 1, readers]);
  }
});

test('a publication that excludes a user reaches each gateway twice: for the others, and for that user', async () => {
  const { manager, gateway, connect, subscribe } = createEngine();
  const clients: RecordingClient[] = [];
  for (let n = 0; n < readers; n++) {
    const userId = n < 2 ? 'someone' : `user${n}`;
    const { client, session } = await connect({ ...someone, userId });
    await subscribe(session, 'open');
    clients.push(client);
  }
  await manager.publish({ channel: 'open', type: 'note', data: 1, exclude: 'user:someone' });
  expect(gateway.broadcasts).toBe(2);
  await manager.publish({ channel: 'open', type: 'note', data: 1, exclude: 'user:nobody' });
  expect(gateway.broadcasts).toBe(3);
  const got = (index: number) => clients[index]?.received.slice(1);
  expect([got(0), got(1), got(2), got(readers - 1)]).toEqual([
    ['open/1 skipped', 'open/2'],
    ['open/1 skipped', 'open/2'],
    ['open/1', 'open/2'],
    ['open/1', 'open/2'],
  ]);
});
