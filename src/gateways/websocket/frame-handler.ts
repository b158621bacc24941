import type { ClientFrame, ClientFrameType, FrameOf } from '../../protocol/client-frames.ts';
import { formatPosition } from '../../protocol/position.ts';
import { encodeSyncResponse } from '../../protocol/server-frames.ts';
import type { Connection } from './connection.ts';

type Handler<T extends ClientFrameType> = (connection: Connection, frame: FrameOf<T>) => void | Promise<void>;

const handlers: { readonly [T in ClientFrameType]: Handler<T> } = {
  async auth(connection, frame) {
    const { authenticator } = connection.gateway;
    await connection.gateway.identify(connection, await authenticator.fromFrame(frame), frame.id);
  },

  async subscribe(connection, { id, channel, since }) {
    const { manager } = connection.gateway;
    await manager.subscribe(connection.session, channel, since, (answer) =>
      connection.send({ type: 'subscribed', id, channel, ...answer }),
    );
  },

  unsubscribe(connection, { id, channel }) {
    connection.gateway.manager.unsubscribe(connection.session, channel);
    connection.send({ type: 'unsubscribed', id, channel });
  },

  ping(connection, { id }) {
    const timestamp = new Date(connection.gateway.clock.now()).toISOString();
    connection.send({ type: 'pong', id, timestamp });
  },

  pong() {
    // Older clients answer protocol pings by a frame of their own; hearing it was enough.
  },

  async sync_request(connection, { id, channel, since, limit = 100 }) {
    const { manager } = connection.gateway;
    const page = await manager.sync(connection.session, channel, since, limit);
    connection.sendText(encodeSyncResponse({ id, channel, ...page }));
  },

  async publish(connection, { id, channel, publicationType, data }) {
    const { manager } = connection.gateway;
    const frame = { channel, type: publicationType, data };
    const { publication } = await manager.publishFrom(connection.session, frame);
    connection.send({ type: 'published', id, position: formatPosition(publication) });
  },
};

/** Carries out one frame. Throws or rejects with an AppError that the client is told. */
export function handleFrame(connection: Connection, frame: ClientFrame): void | Promise<void> {
  // The table pairs each type with its own handler; the compiler cannot follow that through an index.
  const handler = handlers[frame.type] as Handler<ClientFrameType>;
  return handler(connection, frame);
}
