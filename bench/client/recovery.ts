import { channelName, type Recovered, type RecoverWork } from '../publications/messages.ts';
import { RawSocket, textFrame } from './raw-socket.ts';

const connectingAtOnce = 64;
/** The frames before the publications: `connected`, `authenticated`; `subscribed`. */
const [greetings, replies] = [2, 1];

/** All sessions come back, then ask at once for what they missed. */
export async function recover(
  port: number,
  { sessions, channel, since, missed }: RecoverWork,
  onLost: (error: Error) => void,
): Promise<Recovered> {
  const sockets: RawSocket[] = [];
  const startedAt = performance.now();
  let next = 0;
  const enterMore = async () => {
    while (next < sessions) sockets.push(await enter(port, `user${next++}`, onLost));
  };
  await Promise.all(Array.from({ length: connectingAtOnce }, enterMore));
  const enteredAt = performance.now();
  const before = bytesOf(sockets);
  const done = Promise.withResolvers<void>();
  let left = sessions * (replies + missed);
  const subscribe = textFrame({ type: 'subscribe', channel: channelName(channel), since });
  for (const socket of sockets) {
    socket.onFrames = (frames) => {
      left -= frames;
      if (left === 0) done.resolve();
    };
    socket.send(subscribe);
  }
  await done.promise;
  const seconds = (performance.now() - enteredAt) / 1_000;
  const bytes = bytesOf(sockets) - before;
  for (const socket of sockets) socket.close();
  return { connecting: (enteredAt - startedAt) / 1_000, seconds, bytes };
}

/** A session that has been greeted and identified. */
async function enter(port: number, userId: string, onLost: (error: Error) => void): Promise<RawSocket> {
  const socket = await RawSocket.connect(port, '/ws/realtime', onLost);
  const entered = Promise.withResolvers<void>();
  socket.onFrames = () => {
    if (socket.received === greetings) entered.resolve();
  };
  socket.send(textFrame({ type: 'auth', userId, role: 'officer' }));
  await entered.promise;
  return socket;
}

const bytesOf = (sockets: readonly RawSocket[]) => sockets.reduce((sum, { bytes }) => sum + bytes, 0);
