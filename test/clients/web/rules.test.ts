import { afterAll, beforeAll, expect, test } from 'bun:test';
import { corePlatform } from '../../../clients/web/src/environment.ts';
import { type Client, type ClientOptions, createClient } from '../../../clients/web/src/index.ts';
import type { Socket } from '../../../clients/web/src/links/link.ts';
import type { ClientStorage, Signal } from '../../../clients/web/src/types.ts';
import { type GatewayService, startGatewayService } from '../../support/services/gateway-service.ts';
import { openDomain } from '../../support/services/open-domain.ts';
import { makeToken } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

let service: GatewayService;
beforeAll(async () => {
  service = await startGatewayService({}, undefined, [openDomain]);
});
afterAll(() => service[Symbol.asyncDispose]());

/** The frames that went over the socket, in their order; `>` sent, `<` received. */
interface Wire {
  readonly lines: string[];
  readonly sockets: Socket[];
  shiftMs: number;
  signal: (signal: Signal) => void;
}

async function begin(options: ClientOptions = {}): Promise<{ client: Client; wire: Wire }> {
  const wire: Wire = { lines: [], sockets: [], shiftMs: 0, signal: () => undefined };
  const token = await makeToken();
  const client = createClient(service.url, {
    ...(!options.getToken && { token }),
    ...options,
    environment: {
      now: () => Date.now() + wire.shiftMs,
      socket: (url) => recorded(corePlatform.socket(url), wire),
      signals(report) {
        wire.signal = report;
        return () => undefined;
      },
      ...options.environment,
    },
  });
  client.on('error', () => undefined);
  client.connect();
  return { client, wire };
}

function recorded(socket: Socket, wire: Wire): Socket {
  wire.sockets.push(socket);
  const send = socket.send.bind(socket);
  socket.send = (text) => {
    wire.lines.push(`> ${JSON.parse(text).type}`);
    send(text);
  };
  let take: Socket['onmessage'] = null;
  Object.defineProperty(socket, 'onmessage', {
    set(handler: Socket['onmessage']) {
      take = handler;
    },
  });
  (socket as unknown as EventTarget).addEventListener('message', (event) => {
    const { data } = event as MessageEvent<string>;
    wire.lines.push(`< ${JSON.parse(data).type}`);
    take?.({ data });
  });
  return socket;
}

const sent = ({ lines }: Wire) => lines.filter((line) => line.startsWith('>')).map((line) => line.slice(2));
const subscribed = (client: Client, ...names: string[]) =>
  until(() => names.every((name) => client.channel(name).state.status === 'subscribed'));

test('from the opening to being caught up takes one round trip: everything is sent before anything is heard', async () => {
  const { client: writer } = await begin();
  const { position } = await writer.channel('open:trip').publish('note', 0);
  await writer.channel('open:trip').publish('note', 1);
  const { client, wire } = await begin();
  client.channel('open:trip', { since: position ?? '' }).subscribe(() => undefined);
  client.channel('hearings').subscribe(() => undefined);
  await subscribed(client, 'open:trip', 'hearings');
  expect(sent(wire)).toEqual(['auth', 'subscribe', 'ping']);
  // The greeting comes by itself; nothing else came before the last of ours had gone.
  expect(wire.lines.filter((line) => line !== '< connected').slice(0, 3)).toEqual([
    '> auth',
    '> subscribe',
    '> ping',
  ]);
  client.close();
  writer.close();
});

test('a reader that comes, goes and comes again in one turn is one subscribe, and a new handler is none', async () => {
  const { client, wire } = await begin();
  const room = client.channel('open:strict');
  room.subscribe(() => undefined)();
  const stop = room.subscribe(() => undefined);
  await subscribed(client, 'open:strict');
  room.subscribe(() => undefined);
  stop();
  await client.channel('open:strict').publish('note', 1);
  expect(sent(wire).filter((type) => type.endsWith('subscribe'))).toEqual(['subscribe']);
  client.close();
});

test('a reader that comes before its channel was left gets what was published while nobody read', async () => {
  const [{ client }, { client: writer }] = [await begin(), await begin()];
  const room = client.channel('open:back');
  const seen = client.channel('open:seen');
  const stop = room.subscribe(() => undefined);
  const last = Promise.withResolvers<void>();
  seen.subscribe(() => last.resolve());
  await subscribed(client, 'open:back', 'open:seen');
  stop();
  await writer.channel('open:back').publish('note', 1);
  await writer.channel('open:seen').publish('note', 2);
  await last.promise;
  const read: unknown[] = [];
  room.subscribe(({ data }) => read.push(data));
  await until(() => read.length > 0);
  expect(read).toEqual([1]);
  client.close();
  writer.close();
});

test('a channel is left two seconds after its last reader', async () => {
  const { client, wire } = await begin();
  const stop = client.channel('open:left').subscribe(() => undefined);
  await subscribed(client, 'open:left');
  stop();
  await until(() => wire.lines.includes('< unsubscribed'));
  expect(client.channel('open:left').state.status).toBe('unsubscribed');
  client.close();
});

test('the position waits for every handler, and the next publication with it', async () => {
  const { client } = await begin();
  const room = client.channel('open:slow');
  const steps: string[] = [];
  const finish = Promise.withResolvers<void>();
  room.subscribe(({ offset }) => {
    steps.push(`begun ${offset}`);
    return offset === 1 ? finish.promise : undefined;
  });
  await subscribed(client, 'open:slow');
  await room.publish('note', 1);
  const { position } = await room.publish('note', 2);
  expect([steps, room.state.position?.split(':')[1]]).toEqual([['begun 1'], '0']);
  finish.resolve();
  await client.reached('open:slow', position ?? '');
  expect(steps).toEqual(['begun 1', 'begun 2']);
  client.close();
});

test('a token is renewed on the same socket before it expires, and before dialling after a long sleep', async () => {
  let tokens = 0;
  const getToken = () => {
    tokens += 1;
    return makeToken({ expiresIn: 4 });
  };
  const { client, wire } = await begin({ getToken });
  client.channel('open:token').subscribe(() => undefined);
  await subscribed(client, 'open:token');
  await until(() => wire.lines.filter((line) => line === '< authenticated').length === 2);
  expect([tokens, wire.sockets.length]).toEqual([2, 1]);

  wire.signal('leave');
  await until(() => client.state.status === 'disconnected');
  wire.shiftMs = 3_600_000;
  wire.signal('wake');
  await until(() => wire.sockets.length === 2 && client.state.status === 'connected');
  expect(tokens).toBe(3);
  expect(client.state.code).toBeNull();
  client.close();
});

test('a poisoned publication is set aside with its reason, and those behind it go', async () => {
  const { client, wire } = await begin();
  const stuck: string[] = [];
  client.outbox.on('stuck', ({ key }, { code }) => stuck.push(`${key}: ${code}`));
  const refused = (publishing: Promise<unknown>) => publishing.catch(() => undefined);
  const forbidden = refused(client.channel('hearings').publish('note', 1, { key: 'forbidden' }));
  const large = refused(client.channel('open:out').publish('note', 'x'.repeat(100_000), { key: 'large' }));
  const { position } = await client.channel('open:out').publish('note', 3, { key: 'good' });
  await Promise.all([forbidden, large]);
  expect(stuck).toEqual(['forbidden: forbidden', 'large: payload_too_large']);
  expect(position).toEndWith(':1');
  expect(wire.sockets).toHaveLength(2);
  expect(client.outbox.list().map(({ key, error }) => [key, error?.code])).toEqual([
    ['forbidden', 'forbidden'],
    ['large', 'payload_too_large'],
  ]);
  client.outbox.discard('large');
  expect(client.outbox.list()).toHaveLength(1);
  client.close();
});

test('positions and the outbox outlive the page in a storage', async () => {
  const kept = new Map<string, unknown>();
  const storage: ClientStorage = {
    entries: async (prefix) => [...kept].filter(([key]) => key.startsWith(prefix)).toSorted(),
    set: async (key, value) => void kept.set(key, value),
    delete: async (key) => void kept.delete(key),
  };
  const { client: first } = await begin({ storage });
  first.channel('open:kept').subscribe(() => undefined);
  await subscribed(first, 'open:kept');
  const { position } = await first.channel('open:kept').publish('note', 1);
  await first.reached('open:kept', position ?? '');
  first.disconnect();
  void first
    .channel('open:kept')
    .publish('note', 2)
    .catch(() => undefined);
  first.close();

  const { client: second } = await begin({ storage });
  const read: unknown[] = [];
  second.channel('open:kept').subscribe(({ data }) => read.push(data));
  // The publication may be there before the reply that empties the outbox.
  await until(() => read.length > 0 && ![...kept.keys()].some((key) => key.startsWith('outbox/')));
  expect(read).toEqual([2]);
  second.close();
});

test('the present state comes first, and a publication that it holds already does not come again', async () => {
  const { client } = await begin();
  const room = client.channel('open:state', {
    getState: async () => {
      const { position } = await client.channel('open:state').publish('note', 'in the state');
      await client.channel('open:state').publish('note', 'after the state');
      return { data: ['in the state'], ...(position !== undefined && { position }) };
    },
  });
  const seen: unknown[] = [];
  room.on('snapshot', ({ data }) => seen.push(data));
  room.subscribe(({ data }) => seen.push(data));
  await until(() => seen.length === 2);
  expect(seen).toEqual([['in the state'], 'after the state']);
  client.close();
});

test('a channel can be read by a loop, which holds the position until its body is done', async () => {
  const { client } = await begin();
  const room = client.channel('open:loop');
  const read: unknown[] = [];
  const reading = (async () => {
    for await (const { data } of room) {
      read.push(data);
      if (read.length === 3) break;
    }
  })();
  await subscribed(client, 'open:loop');
  for (const n of [1, 2, 3]) await room.publish('note', n);
  await reading;
  expect(read).toEqual([1, 2, 3]);
  client.close();
});

for (const transport of ['sse', 'poll'] as const) {
  test(`a token that is over is replaced by a new one over ${transport}, and the channel goes on`, async () => {
    const expiries = [-60, 3_600];
    const getToken = () => makeToken({ expiresIn: expiries.shift() ?? 3_600 });
    const { client } = await begin({ getToken, transports: [transport], pollIntervalMs: 50 });
    const read: unknown[] = [];
    client.channel(`open:renewed-${transport}`).subscribe(({ data }) => read.push(data));
    await subscribed(client, `open:renewed-${transport}`);
    await client.channel(`open:renewed-${transport}`).publish('note', 1);
    await until(() => read.length === 1);
    expect([read, expiries.length]).toEqual([[1], 0]);
    client.close();
  });
}

test('a user whose token cannot be renewed is told to sign in, and nothing is tried again', async () => {
  const errors: string[] = [];
  const client = createClient(service.url, { token: await makeToken({ expiresIn: -60 }) });
  client.on('error', ({ code }) => errors.push(code));
  client.channel('open:over').subscribe(() => undefined);
  client.connect();
  await until(() => client.state.status === 'disconnected' && client.state.code !== null);
  expect(client.state).toMatchObject({ code: 'token_expired', retryAt: null });
  expect(client.state.reason).toContain('obtain a new token');
  expect(errors).toEqual(['token_expired']);
  client.setToken(await makeToken());
  await subscribed(client, 'open:over');
  client.close();
});
