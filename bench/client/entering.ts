import { channelName, type TransportName } from '../publications/messages.ts';
import { EventCounter } from './event-counter.ts';
import { encodeText, FrameCounter } from './frame-counter.ts';
import type { Counter, ReaderSocket } from './reader-socket.ts';

export interface Entrant {
  readonly socket: ReaderSocket;
  readonly port: number;
  readonly userId: string;
  readonly channel: string;
}

/** Makes a client of a transport read a channel; returns the counter of what it is sent from then on. */
export const entering: Readonly<Record<TransportName, (entrant: Entrant) => Promise<Counter>>> = {
  async websocket({ socket, userId, channel }) {
    socket.upgrade('/ws/realtime');
    await socket.heard(/"connected"/);
    socket.write(encodeText(JSON.stringify({ type: 'auth', userId, role: 'officer' })));
    socket.write(encodeText(JSON.stringify({ type: 'subscribe', channel })));
    await socket.heard(/"subscribed"/);
    return new FrameCounter();
  },

  async sse({ socket, userId, channel }) {
    socket.get(`/api/realtime/stream?channels=${channel}&userId=${userId}&role=officer`);
    await socket.heard(/event: subscribed[\s\S]*\n\n/);
    return new EventCounter();
  },

  async 'socket.io'({ socket, userId, channel }) {
    socket.upgrade('/socket.io/?EIO=4&transport=websocket');
    await socket.heard(/"pingInterval"/);
    socket.write(encodeText(connectPacket(userId)));
    await socket.heard(/40\{"sid"/);
    socket.write(encodeText(subscribePacket(channel)));
    await socket.heard(/"subscribed"/);
    return new FrameCounter();
  },

  /** Each request has a connection of its own but the last, which waits. */
  async 'socket.io polling'({ socket, port, userId, channel }) {
    const path = '/socket.io/?EIO=4&transport=polling';
    const opened = await answer(port, path);
    const address = `${path}&sid=${/"sid":"([^"]+)"/.exec(opened)?.[1]}`;
    await answer(port, address, connectPacket(userId));
    while (!/40\{"sid"/.test(await answer(port, address)));
    await answer(port, address, subscribePacket(channel));
    while (!/"subscribed"/.test(await answer(port, address)));
    socket.get(address);
    return new EventCounter();
  },

  /** Polls a channel in which nothing is ever published. */
  async 'long poll'({ socket, userId }) {
    const channel = channelName(1);
    socket.get(`/api/realtime/channels/${channel}/publications?userId=${userId}&role=officer&wait=60`);
    return new EventCounter();
  },
};

const connectPacket = (userId: string) => `40${JSON.stringify({ userId, role: 'officer' })}`;
const subscribePacket = (channel: string) => `42${JSON.stringify(['subscribe', { channel }])}`;

async function answer(port: number, path: string, body?: string): Promise<string> {
  const post = { method: 'POST', body: body ?? '', headers: { 'content-type': 'text/plain' } };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, body === undefined ? {} : post);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return text;
}
