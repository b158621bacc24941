import { connect, type WsClient } from '../../../test/support/clients/ws-client.ts';
import { soakToken } from '../tokens.ts';
import { checkOrder, expect, type Life, socketUrl, stay, type World, within } from '../world.ts';

/** Clients of the native protocol that do what they should, until they go in one way or another. */
export const socketLives: readonly Life[] = [
  { name: 'WebSocket, closed', weight: 8, live: (world) => visit(world, (client) => client.close()) },
  {
    name: 'WebSocket, TCP cut',
    weight: 8,
    live: (world) => visit(world, async (client) => client.terminate()),
  },
  { name: 'WebSocket, token expired', weight: 3, live: expire },
  { name: 'WebSocket, token refreshed', weight: 3, live: refresh },
  { name: 'WebSocket, refused channels', weight: 2, live: beRefused },
  { name: 'WebSocket, bad token', weight: 2, live: bringBadToken },
  { name: 'WebSocket, one too many of a user', weight: 1, live: crowd },
];

const address = (world: World, userId: string) => `${socketUrl(world.url())}?userId=${userId}&role=officer`;

/** Identifies, subscribes with and without a position, receives, pings, whispers, is present. */
async function visit(world: World, leave: (client: WsClient) => Promise<unknown>): Promise<void> {
  const client = await connect(address(world, world.newUser()));
  const [first, second] = [world.channel(), world.channel()];
  const lobby = `lobby:${Math.floor(world.random() * 5)}`;
  client.send({ type: 'subscribe', channel: first });
  const since = world.since(second);
  client.send({ type: 'subscribe', channel: second, ...(since && { since }) });
  client.send({ type: 'subscribe', channel: lobby });
  for (let count = 0; count < 3; count++) await client.next('subscribed');
  client.send({ type: 'publish', channel: lobby, publicationType: 'typing', data: {}, ephemeral: true });
  client.send({ type: 'ping' });
  await Promise.all([client.next('published'), client.next('pong'), client.next('presence_state')]);
  await stay(world, 200, 8_000);
  if (world.random() < 0.5) {
    client.send({ type: 'unsubscribe', channel: first });
    if (first !== second) await client.next('unsubscribed');
  }
  expect(client.all('error').length === 0, `an error: ${JSON.stringify(client.all('error'))}`);
  if (first !== second) checkOrder(world, client.all(), 'WebSocket');
  await leave(client);
  await within(5_000, 'the end of a WebSocket', client.closed);
}

async function expire(world: World): Promise<void> {
  const client = await connect(socketUrl(world.url()));
  client.send({ type: 'auth', token: await soakToken(world.newUser(), 4) });
  client.send({ type: 'subscribe', channel: world.channel() });
  await client.next('subscribed');
  const { code } = await within(15_000, 'the close of an expired token', client.closed);
  expect(code === 4002, `closed with ${code} for an expired token`);
}

async function refresh(world: World): Promise<void> {
  const userId = world.newUser();
  const client = await connect(`${socketUrl(world.url())}?token=${await soakToken(userId, 4)}`);
  await client.next('authenticated');
  client.send({ type: 'subscribe', channel: world.channel() });
  await client.next('subscribed');
  client.send({ type: 'auth', token: await soakToken(userId, 60) });
  await client.next('authenticated');
  await stay(world, 5_000, 6_000);
  client.send({ type: 'ping' });
  await client.next('pong');
  checkOrder(world, client.all(), 'refreshed WebSocket');
  await client.close();
}

async function beRefused(world: World): Promise<void> {
  const client = await connect(address(world, world.newUser()));
  for (const channel of ['closed:1', 'nowhere:1', 'case:x']) {
    client.send({ type: 'subscribe', channel });
    await client.next('error');
  }
  await client.close();
}

async function bringBadToken(world: World): Promise<void> {
  const client = await connect(`${socketUrl(world.url())}?token=a.bad.one`);
  const { code } = await within(5_000, 'the close of a bad token', client.closed);
  expect(code >= 4000, `closed with ${code} for a bad token`);
}

/** On both servers together, a user may have five. */
async function crowd(world: World): Promise<void> {
  const userId = world.newUser();
  const clients: WsClient[] = [];
  for (let count = 0; count < 5; count++) {
    const client = await connect(address(world, userId));
    clients.push(client);
    await client.next('authenticated');
  }
  const tooMany = await connect(address(world, userId));
  await within(5_000, 'the close of one too many', tooMany.closed);
  for (const client of clients) client.terminate();
}
