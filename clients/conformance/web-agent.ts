import { Unauthorized } from '../web/src/errors.ts';
import { createClient } from '../web/src/index.ts';
import type { Channel, Client, ClientOptions, Signal } from '../web/src/types.ts';
import { createClient as createCoreClient } from '../web/src/websocket.ts';
import type { Json } from './scenario.ts';

/** The TypeScript client as an agent of the conformance list; by the argument `websocket`, that over WebSocket alone. */

interface Driven {
  readonly client: Client;
  readonly undo: Map<string, () => void>;
  readonly throwsAt: Map<string, number>;
  signal?: (signal: Signal) => void;
  token?: (answer: Json) => void;
  readonly snapshots: Map<string, (answer: Json) => void>;
}

const create =
  process.argv[2] === 'websocket' ? (createCoreClient as unknown as typeof createClient) : createClient;

let driven: Driven | undefined;

const say = (event: string, more: object = {}) =>
  process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);

function open({ url, token, identity, tokens }: Json): Driven {
  const options: ClientOptions = {
    transports: ['websocket'],
    ...(token !== undefined && { token: String(token) }),
    ...(identity !== undefined && { identity: identity as { userId: string } }),
    ...(tokens === true && { getToken: askForToken }),
    environment: {
      signals(report) {
        queueMicrotask(() => {
          if (driven) driven.signal = report;
        });
        return () => undefined;
      },
    },
  };
  const client = create(String(url), options);
  client.on('state', ({ status, code, retryAt }) =>
    say('state', { status, code, ...(status === 'disconnected' && retryAt === null && { final: true }) }),
  );
  client.on('error', ({ code, channel }) => say('error', { code, channel }));
  // The client over WebSocket alone has none, and is not asked to publish.
  (client as Partial<Client>).outbox?.on('stuck', ({ key }, { code }) => say('stuck', { key, code }));
  return { client, undo: new Map(), throwsAt: new Map(), snapshots: new Map() };
}

function askForToken(): Promise<string> {
  say('token_wanted');
  return new Promise((resolve, reject) => {
    if (!driven) return;
    driven.token = ({ token, error }) => {
      if (error === undefined) resolve(String(token));
      else reject(error === 'unauthorized' ? new Unauthorized() : new Error('The issuer is away.'));
    };
  });
}

function subscribe(
  { client, undo, throwsAt, snapshots }: Driven,
  { channel: name, since, state }: Json,
): void {
  const channel: Channel = client.channel(String(name), {
    ...(since !== undefined && { since: String(since) }),
    ...(state === true && {
      getState: () => {
        say('snapshot_wanted', { channel: name });
        return new Promise((resolve) => {
          snapshots.set(String(name), ({ position }) =>
            resolve({ data: null, ...(position !== undefined && { position: String(position) }) }),
          );
        });
      },
    }),
  });
  channel.on('state', ({ status, position, recovered, error }) =>
    say('channel', { channel: name, status, position, recovered, code: error?.code ?? null }),
  );
  undo.set(
    String(name),
    channel.subscribe(({ offset, type, data }) => {
      say('publication', { channel: name, offset, type, data });
      if (throwsAt.get(String(name)) === offset) throw new Error('The handler was told to throw.');
    }),
  );
}

function carryOut(command: Json): void {
  const name = String(command['channel']);
  if (command['do'] === 'open') {
    driven = open(command);
    driven.client.connect();
    return;
  }
  if (!driven) {
    if (command['do'] === 'close') say('closed');
    return;
  }
  const { client, undo, throwsAt, snapshots } = driven;
  const deeds: { readonly [deed: string]: () => void } = {
    token: () => driven?.token?.(command),
    subscribe: () => driven && subscribe(driven, command),
    snapshot: () => snapshots.get(name)?.(command),
    unsubscribe: () => undo.get(name)?.(),
    publish() {
      const key = String(command['key']);
      client
        .channel(name)
        .publish(String(command['type']), command['data'], { key })
        .then(
          ({ position }) => say('published', { key, position }),
          // Told by `stuck`.
          () => undefined,
        );
    },
    reached() {
      const position = String(command['position']);
      void client.reached(name, position).then(() => say('reached', { channel: name, position }));
    },
    throw: () => throwsAt.set(name, Number(command['offset'])),
    wake: () => driven?.signal?.('wake'),
    sleep: () => driven?.signal?.('sleep'),
    close() {
      client.close();
      driven = undefined;
      say('closed');
    },
  };
  deeds[String(command['do'])]?.();
}

say('ready');
for await (const line of console) if (line !== '') carryOut(JSON.parse(line));
driven?.client.close();
