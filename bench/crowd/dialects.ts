import { encodeText } from '../client/frame-counter.ts';
import { RawSocket, textFrame } from '../client/raw-socket.ts';
import type { CrowdPlace, Dialect } from './messages.ts';

/** Makes a client read channels. Returns once every subscribe has its answer. */
interface Speech {
  readonly path: string;
  enter(socket: RawSocket, userId: string, channels: readonly string[]): Promise<void>;
}

const speeches: Readonly<Record<Dialect, Speech>> = {
  native: {
    path: '/ws/realtime',
    async enter(socket, userId, channels) {
      // In one burst, as the clients do.
      socket.send(textFrame({ type: 'auth', userId, role: 'officer' }));
      for (const channel of channels) socket.send(textFrame({ type: 'subscribe', channel }));
      await received(socket, 2 + channels.length);
    },
  },

  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    async enter(socket, userId, channels) {
      await received(socket, 1);
      socket.send(encodeText(`40${JSON.stringify({ userId, role: 'officer' })}`));
      await received(socket, 2);
      for (const channel of channels) {
        socket.send(encodeText(`42${JSON.stringify(['subscribe', { channel }])}`));
      }
      await received(socket, 2 + channels.length);
    },
  },
};

/** A socket that is connected, identified and subscribed. */
export async function enterAs(
  { port, dialect }: CrowdPlace,
  userId: string,
  channels: readonly string[],
  onLost: (error: Error) => void,
): Promise<RawSocket> {
  const speech = speeches[dialect];
  const socket = await RawSocket.connect(port, speech.path, onLost);
  await speech.enter(socket, userId, channels);
  return socket;
}

function received(socket: RawSocket, frames: number): Promise<void> {
  if (socket.received >= frames) return Promise.resolve();
  return new Promise((resolve) => {
    socket.onFrames = () => {
      if (socket.received >= frames) resolve();
    };
  });
}
