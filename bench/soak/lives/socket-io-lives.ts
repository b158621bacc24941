import { OPCODE, openRawWebSocket } from '../../../test/support/clients/raw-websocket.ts';
import { ConnectError, type Options, openSocketIo } from '../../../test/support/clients/socket-io-client.ts';
import { soakToken } from '../tokens.ts';
import { checkOrder, expect, floodChannel, type Life, stay, type World, within } from '../world.ts';

type Client = Awaited<ReturnType<typeof openSocketIo>>;

/** Stock clients, and what is left of them when they vanish. */
export const socketIoLives: readonly Life[] = [
  { name: 'Socket.IO over WebSocket, closed', weight: 6, live: (world) => visit(world, ['websocket']) },
  { name: 'Socket.IO over polling, closed', weight: 4, live: (world) => visit(world, ['polling']) },
  {
    name: 'Socket.IO, upgraded, closed',
    weight: 3,
    live: (world) => visit(world, ['polling', 'websocket']),
  },
  { name: 'Socket.IO over WebSocket, TCP cut', weight: 4, live: (world) => vanish(world, 'destroy') },
  { name: 'Socket.IO over WebSocket, silent', weight: 2, live: (world) => vanish(world, 'silent') },
  { name: 'Socket.IO over polling, polls no more', weight: 3, live: (world) => stopPolling(world) },
  { name: 'Socket.IO over polling, gone while it waits', weight: 3, live: abortPoll },
  { name: 'Socket.IO, token expired', weight: 2, live: expire },
  { name: 'Socket.IO, refused', weight: 1, live: beRefused },
  { name: 'Socket.IO over WebSocket, never connects', weight: 2, live: stayMute },
  { name: 'Socket.IO over WebSocket, slow reader', weight: 1, live: readSlowly },
];

async function visit(world: World, transports: ('polling' | 'websocket')[]): Promise<void> {
  const channel = world.channel();
  const since = world.since(channel);
  const auth = { userId: world.newUser(), role: 'officer', ...(since && { since: `${channel}@${since}` }) };
  await using client = await openSocketIo(world.url(), { transports, auth });
  await client.ask('subscribe', { channel: `lobby:${Math.floor(world.random() * 5)}` });
  if (!since) await client.ask('subscribe', channel);
  await client.ask('ping');
  await stay(world, 200, 8_000);
  checkOrder(world, client.all('tick'), `Socket.IO over ${transports.join()}`);
  if (world.random() < 0.5) await client.ask('unsubscribe', channel);
}

async function openPacketSocket(world: World) {
  const url = `${world.url().replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  return openRawWebSocket(url);
}

async function enter(world: World, channel: string) {
  const socket = await openPacketSocket(world);
  socket.send(OPCODE.text, `40${JSON.stringify({ userId: world.newUser(), role: 'officer' })}`);
  socket.send(OPCODE.text, `42${JSON.stringify(['subscribe', channel])}`);
  await socket.next(OPCODE.text);
  return socket;
}

/** Without a word, or answering no more pings. */
async function vanish(world: World, how: 'destroy' | 'silent'): Promise<void> {
  await using socket = await enter(world, world.channel());
  if (how === 'silent') await within(15_000, 'the end of a silent Socket.IO client', socket.closed);
  else await stay(world, 200, 3_000);
}

async function readSlowly(world: World): Promise<void> {
  await using socket = await enter(world, floodChannel);
  socket.pause();
  await stay(world, 10_000, 15_000);
  socket.resume();
  await within(10_000, 'the cut of a slow Socket.IO client', socket.closed);
}

/** Answers pings of nobody: the connection is there, the namespace is never asked for. */
async function stayMute(world: World): Promise<void> {
  await using socket = await openPacketSocket(world);
  await within(15_000, 'the end of a mute Socket.IO client', socket.closed);
}

/** A polling client by hand: its handshake, its connect, and one subscription. Answers where it polls. */
async function enterByPolling(world: World): Promise<string> {
  const base = `${world.url()}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(base)).text();
  const { sid }: { sid: string } = JSON.parse(opened.slice(1));
  const address = `${base}&sid=${sid}`;
  const send = (body: string) =>
    fetch(address, { method: 'POST', body, headers: { 'content-type': 'text/plain' } });
  await send(`40${JSON.stringify({ userId: world.newUser(), role: 'officer' })}`);
  await (await fetch(address)).text();
  await send(`42${JSON.stringify(['subscribe', world.channel()])}`);
  return address;
}

async function stopPolling(world: World): Promise<void> {
  await (await fetch(await enterByPolling(world))).text();
}

async function abortPoll(world: World): Promise<void> {
  const address = await enterByPolling(world);
  const abort = new AbortController();
  const polling = (async () => {
    for (;;) await (await fetch(address, { signal: abort.signal })).text();
  })();
  const ended = polling.catch(() => undefined);
  await stay(world, 200, 2_000);
  abort.abort();
  await ended;
}

async function expire(world: World): Promise<void> {
  const auth = { token: await soakToken(world.newUser(), 4) };
  await using client = await open(world, { auth });
  await client.ask('subscribe', world.channel());
  await client.next('disconnect', 15_000);
}

function open(world: World, options: Options): Promise<Client> {
  return openSocketIo(world.url(), { transports: ['websocket'], ...options });
}

async function beRefused(world: World): Promise<void> {
  const refused = await open(world, { auth: { token: 'a.bad.one' } }).then(
    async (client) => {
      await client[Symbol.asyncDispose]();
      return undefined;
    },
    (error: unknown) => error,
  );
  expect(refused instanceof ConnectError, 'a bad token was let in');
}
