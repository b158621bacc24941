import { expect, test } from 'bun:test';
import { type ClientOptions, createClient } from '../../../../clients/web/src/index.ts';
import * as Pause from '../../../../clients/web/src/pauses.ts';
import { settled } from '../../../support/settled.ts';
import { byHand } from '../support/hand-socket.ts';

async function connected(options: ClientOptions) {
  const world = byHand();
  const { environment } = world;
  const client = createClient('http://server.test', { transports: ['websocket'], ...options, environment });
  client.on('error', () => undefined);
  client.connect();
  await settled();
  const [hand] = world.hands;
  if (!hand) throw new Error('The client did not dial.');
  hand.open();
  return { ...world, client, hand };
}

test('a server that is about to end says when it is our turn, and the client goes then by itself', async () => {
  const { client, clock, hand, hands } = await connected({ token: 't' });
  hand.receive({ type: 'pong' });
  hand.receive({ type: 'reconnect', afterMs: 500 });
  clock.advance(499);
  expect([hand.isClosed, client.state.status]).toEqual([false, 'connected']);
  clock.advance(1);
  expect([hand.isClosed, client.state.status]).toEqual([true, 'disconnected']);
  clock.advance(Pause.floor);
  await settled();
  expect(hands).toHaveLength(2);
  client.close();
});

test('the turn of a connection that ended before is no matter of the next one', async () => {
  const { client, clock, hand, hands } = await connected({ token: 't' });
  hand.receive({ type: 'reconnect', afterMs: 500 });
  hand.end(4001);
  clock.advance(Pause.floor);
  await settled();
  hands[1]?.open();
  clock.advance(1_000);
  expect([hands.length, hands[1]?.isClosed]).toEqual([2, false]);
  client.close();
});

test('a publication whose reply is that the token is refused is sent again with another token and the same key', async () => {
  const tokens = ['t1', 't2'];
  const { client, clock, hand, hands } = await connected({ getToken: () => tokens.shift() ?? 'none' });
  const published = client.channel('c').publish('note', 1, { key: 'k' });
  const { id } = hand.sent.find(({ type }) => type === 'publish') ?? {};
  hand.receive({ type: 'error', code: 'token_expired', status: 401, message: 'It is over.', id });
  expect(hand.isClosed).toBeTrue();
  clock.advance(2 * Pause.floor);
  await settled();
  const [, second] = hands;
  second?.open();
  expect(second?.sent[0]).toMatchObject({ type: 'auth', token: 't2' });
  const again = second?.sent.find(({ type }) => type === 'publish');
  expect(again).toMatchObject({ channel: 'c', key: 'k' });
  second?.receive({ type: 'published', id: again?.id, position: 'e:1' });
  expect(await published).toEqual({ position: 'e:1' });
  client.close();
});

test('a token that cannot be shown now leaves no connection behind, and is shown on the next one', async () => {
  const { client, clock, hand, hands } = await connected({ token: 't' });
  const [auth] = hand.sent;
  hand.receive({ type: 'error', code: 'unavailable', status: 503, message: 'Later.', id: auth?.id });
  expect([hand.isClosed, client.state.status]).toEqual([true, 'disconnected']);
  clock.advance(2 * Pause.floor);
  await settled();
  expect(hands).toHaveLength(2);
  client.close();
});

test('on a dead network a wake is caught up by one question, one dial and one round trip', async () => {
  const { client, clock, hand, hands, signal } = await connected({ token: 't' });
  const read: number[] = [];
  client.channel('c', { since: 'e:3' }).subscribe(({ offset }) => read.push(offset));
  await settled();
  const asked = hand.sent.find(({ type }) => type === 'subscribe');
  hand.receive({ type: 'subscribed', channel: 'c', id: asked?.id, position: 'e:3', recovered: true });
  hand.receive({ type: 'pong', id: asked?.id });
  const before = hand.sent.length;
  // From here on nothing arrives, and nobody is told.
  signal('wake');
  expect(hand.sent.slice(before).map(({ type }) => type)).toEqual(['ping']);
  clock.advance(Pause.answer - 1);
  await settled();
  expect(hands).toHaveLength(1);
  clock.advance(1);
  await settled();
  // The clock has not moved since: no pause lies between the end of the old connection and the new one.
  expect([hand.isClosed, hands.length]).toEqual([true, 2]);
  const [, second] = hands;
  second?.open();
  expect(second?.sent.map(({ type }) => type)).toEqual(['auth', 'subscribe', 'ping']);
  expect(second?.sent[1]).toMatchObject({ channels: [{ channel: 'c', since: 'e:3' }] });
  const { id } = second?.sent[1] ?? {};
  second?.receive({ type: 'subscribed', channel: 'c', id, position: 'e:3', recovered: true });
  second?.receive({
    type: 'note',
    channel: 'c',
    offset: 4,
    id: 'p4',
    data: 4,
    timestamp: '2026-01-01T00:00:00Z',
  });
  second?.receive({ type: 'pong', id });
  expect([read, client.channel('c').state.status]).toEqual([[4], 'subscribed']);
  client.close();
});
