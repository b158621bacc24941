import type { ClientFrame, ClientFrameType, FrameOf } from '../../protocol/client-frames.ts';
import { formatPosition } from '../../protocol/position.ts';
import { encodeSyncResponse } from '../../protocol/server-frames.ts';
import { identifyByFrame } from './identity.ts';
import type { Peer } from './peer.ts';

type Handler<T extends ClientFrameType> = (peer: Peer, frame: FrameOf<T>) => void | Promise<void>;

const handlers: { readonly [T in ClientFrameType]: Handler<T> } = {
  auth: identifyByFrame,

  subscribe(peer, { id, channel, since }) {
    return peer.host.manager.subscribe(peer.session, channel, since, (answer) =>
      peer.send({ type: 'subscribed', id, channel, ...answer }),
    );
  },

  unsubscribe(peer, { id, channel }) {
    peer.host.manager.unsubscribe(peer.session, channel);
    peer.send({ type: 'unsubscribed', id, channel });
  },

  ping(peer, { id }) {
    peer.send({ type: 'pong', id, timestamp: new Date(peer.host.clock.now()).toISOString() });
  },

  pong() {
    // Older clients answer protocol pings by a frame of their own; hearing it was enough.
  },

  async sync_request(peer, { id, channel, since, limit = 100 }) {
    const { more: _, ...page } = await peer.host.manager.sync(peer.session, channel, since, limit);
    peer.sendText(encodeSyncResponse({ id, channel, ...page }));
  },

  async publish(peer, { id, channel, publicationType: type, data }) {
    const { publication } = await peer.host.manager.publishFrom(peer.session, { channel, type, data });
    peer.send({ type: 'published', id, position: formatPosition(publication) });
  },
};

/** Carries out one frame. Throws or rejects with an AppError that the client is told. */
export function handleFrame(peer: Peer, frame: ClientFrame): void | Promise<void> {
  // The table pairs each type with its own handler; the compiler cannot follow that through an index.
  const handler = handlers[frame.type] as Handler<ClientFrameType>;
  return handler(peer, frame);
}
