import { connect as connectTcp, type Socket } from 'node:net';
import { OPCODE, openRawWebSocket, type RawWebSocket } from '../../../test/support/clients/raw-websocket.ts';
import { connect } from '../../../test/support/clients/ws-client.ts';
import { expect, floodChannel, type Life, socketUrl, stay, type World, within } from '../world.ts';

/** Clients that break, and those that mean to. */
export const hostileLives: readonly Life[] = [
  { name: 'WebSocket, silent (half-open)', weight: 3, live: fallSilent },
  { name: 'WebSocket, slow reader', weight: 1, live: readSlowly },
  { name: 'WebSocket, never says who', weight: 3, live: stayMute },
  { name: 'WebSocket, garbage until cut', weight: 1, live: babble },
  { name: 'WebSocket, oversized frame', weight: 2, live: sendTooMuch },
  { name: 'WebSocket, gone during the handshake', weight: 4, live: (world) => leaveEarly(world, upgrade) },
  { name: 'WebSocket, half of a handshake', weight: 2, live: (world) => leaveEarly(world, half(upgrade)) },
  { name: 'SSE, gone during the handshake', weight: 4, live: (world) => leaveEarly(world, stream) },
  { name: 'long poll, gone at once', weight: 4, live: (world) => leaveEarly(world, poll) },
  { name: 'Socket.IO, gone during the handshake', weight: 4, live: (world) => leaveEarly(world, handshake) },
  { name: 'POST, half of a body', weight: 2, live: (world) => leaveEarly(world, half(post)) },
  { name: 'SSE, slow reader', weight: 1, live: (world) => stopReading(world, floodStream) },
];

async function open(world: World, channel: string): Promise<RawWebSocket> {
  const client = await openRawWebSocket(`${socketUrl(world.url())}?userId=${world.newUser()}&role=officer`);
  client.send(OPCODE.text, JSON.stringify({ type: 'subscribe', channel }));
  return client;
}

async function fallSilent(world: World): Promise<void> {
  await using client = await open(world, world.channel());
  const { code } = await within(12_000, 'the close of a silent socket', client.closed);
  expect(code === 4004, `closed with ${code} for silence`);
}

async function readSlowly(world: World): Promise<void> {
  await using client = await open(world, floodChannel);
  await client.next(OPCODE.text);
  client.pause();
  await stay(world, 10_000, 15_000);
  client.resume();
  await within(10_000, 'the cut of a slow reader', client.closed);
}

async function stayMute(world: World): Promise<void> {
  const client = await connect(socketUrl(world.url()));
  const { code } = await within(8_000, 'the close of a mute socket', client.closed);
  expect(code === 4005, `closed with ${code} for saying nothing`);
}

async function babble(world: World): Promise<void> {
  const client = await connect(socketUrl(world.url()));
  for (let count = 0; count < 25; count++) client.send('{"type":');
  const { code } = await within(5_000, 'the close for garbage', client.closed);
  expect(code === 4008 || code === 4005, `closed with ${code} for garbage`);
}

async function sendTooMuch(world: World): Promise<void> {
  await using client = await open(world, world.channel());
  client.send(OPCODE.text, 'x'.repeat(70_000));
  await within(5_000, 'the close for a large frame', client.closed);
}

type Request = (world: World) => string;

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n`;
const upgrade: Request = ({ newUser }) =>
  `${get(`/ws/realtime?userId=${newUser()}`)}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
const stream: Request = ({ newUser, channel }) =>
  `${get(`/api/realtime/stream?channels=${channel()}&userId=${newUser()}`)}\r\n`;
const floodStream: Request = ({ newUser }) =>
  `${get(`/api/realtime/stream?channels=${floodChannel}&userId=${newUser()}`)}\r\n`;
const poll: Request = (world) => {
  const channel = world.channel();
  const since = world.since(channel);
  const query = `userId=${world.newUser()}&wait=30${since ? `&since=${since}` : ''}`;
  return `${get(`/api/realtime/channels/${channel}/publications?${query}`)}\r\n`;
};
const handshake: Request = () => `${get('/socket.io/?EIO=4&transport=polling')}\r\n`;
const post: Request = () =>
  `POST /api/realtime/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"channel":"open:1"`;
const half =
  (request: Request): Request =>
  (world) => {
    const text = request(world);
    return text.slice(0, -Math.ceil(text.length / 4));
  };

/** Sends a request and has gone within the time of its answer. */
async function leaveEarly(world: World, request: Request): Promise<void> {
  const socket = await openTcp(world.url());
  socket.write(request(world));
  if (world.random() < 0.7) await stay(world, 0, 30);
  socket.destroy();
}

/** Until the server cuts, or as if the phone were in a tunnel. */
async function stopReading(world: World, request: Request): Promise<void> {
  const socket = await openTcp(world.url());
  socket.pause();
  socket.write(request(world));
  await stay(world, 10_000, 15_000);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  await within(10_000, 'the cut of a slow stream', closed);
}

function openTcp(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: hostname, port: Number(port) }, () => {
      socket.off('error', reject);
      // A server that refuses may reset what is still being sent.
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
