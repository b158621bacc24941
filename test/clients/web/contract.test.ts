import { describe } from 'bun:test';
import { type Channel, createClient, type TransportName } from '../../../clients/web/src/index.ts';
import { parsePosition } from '../../../src/protocol/wire/position.ts';
import { accessContract } from '../../contracts/gateway/access.ts';
import { deliveryContract } from '../../contracts/gateway/delivery.ts';
import { type GatewayDriver, type Item, Refusal } from '../../contracts/gateway/driver.ts';

/**
 * The client as a reader of the contract of a gateway, over one transport. A client comes back by itself, gathers who is
 * there, and renews its token from a source, so the parts about single connections are those of the gateways alone.
 */
const driver = (transport: TransportName): GatewayDriver => ({
  name: `the client over ${transport}`,
  kind: 'request',
  async open({ service, token, channels: names, since, take }) {
    const client = createClient(service.url, { token, transports: [transport], pollIntervalMs: 50 });
    const opened = Promise.withResolvers<void>();
    client.on('error', ({ code }) => opened.reject(new Refusal(code)));
    const channels = names.map((name) => client.channel(name, { since: since[name] }));
    for (const channel of channels) follow(channel, take, since[channel.name]);
    const stand = () => {
      if (channels.every(({ state }) => state.status === 'subscribed')) opened.resolve();
    };
    for (const channel of channels) channel.on('state', stand);
    client.connect();
    await opened.promise.catch((error) => {
      client.close();
      throw error;
    });
    const positionsNow = () =>
      Object.fromEntries(channels.map(({ name, state }) => [name, state.position ?? '']));
    let positions = positionsNow;
    return {
      positions: () => positions(),
      ended: new Promise(() => undefined),
      ask: () => client.channel(names[0] ?? '').history({ limit: 1 }),
      async close() {
        // A client that was closed stands nowhere.
        const last = positionsNow();
        positions = () => last;
        client.close();
      },
    };
  },
});

/** Tells of every place in the log: one that no publication came for was kept from this reader. */
function follow(channel: Channel, take: (item: Item) => void, since: string | undefined): void {
  const { name } = channel;
  let last = parsePosition(since ?? '')?.offset;
  let lostAt: string | null = null;
  channel.on('state', ({ status, recovered, position }) => {
    if (position === null) return;
    const isNewLife = recovered === false && status === 'subscribed' && position !== lostAt;
    if (isNewLife) {
      lostAt = position;
      take({ kind: 'lost', channel: name, position });
      last = parsePosition(position)?.offset;
    }
    last ??= parsePosition(position)?.offset;
  });
  channel.subscribe(({ offset, type }) => {
    for (let n = (last ?? offset - 1) + 1; n < offset; n++)
      take({ kind: 'publication', channel: name, offset: n, type: 'skipped' });
    last = offset;
    take({ kind: 'publication', channel: name, offset, type });
  });
}

for (const transport of ['websocket', 'sse', 'poll'] as const) {
  describe(`the client keeps the contract of a gateway over ${transport}:`, () => {
    deliveryContract(driver(transport));
    accessContract(driver(transport));
  });
}
