import { createClient } from '../../../../clients/web/src/index.ts';
import type { TransportName } from '../../../../clients/web/src/types.ts';
import type { LegOptions, WirePublication } from '../legs.ts';
import { hurried } from './hurried.ts';

/** A client of this repository on one transport, from the positions of another one, until it moves on. */
export async function sdkLeg(options: LegOptions, transport: TransportName): Promise<void> {
  const { address, userId, channels, since, signal, sink } = options;
  const over = Promise.withResolvers<void>();
  const client = createClient(`http://${address}`, {
    identity: { userId, role: 'officer' },
    transports: [transport],
    pollIntervalMs: 500,
    environment: hurried,
  });
  client.on('error', (error) => over.reject(error));
  // The connection was lost: this client would come back, and the one that moves goes on by another transport.
  client.on('state', ({ status, attempt }) => {
    if (status === 'disconnected' && attempt > 0) over.resolve();
  });
  for (const name of channels) {
    const channel = client.channel(name, { since: since.get(name) });
    let isBegun = false;
    const begin = (position: string) => {
      if (!isBegun) sink.stands(name, position, channel.state.recovered ?? undefined);
      isBegun = true;
      sink.moved(name, position);
    };
    channel.on('state', ({ status, position }) => {
      if (!signal.aborted && status === 'subscribed' && position !== null) begin(position);
    });
    channel.subscribe((publication) => {
      if (signal.aborted) return;
      const [epoch] = publication.position.split(':');
      begin(`${epoch}:${publication.offset - 1}`);
      sink.publication(publication as unknown as WirePublication);
      sink.moved(name, publication.position);
    });
  }
  client.connect();
  signal.addEventListener('abort', () => over.resolve());
  if (signal.aborted) over.resolve();
  await over.promise.finally(client.close);
}
