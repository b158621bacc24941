import type { Transport } from '../ports/transport.ts';

/** The transport of a listener inside this process. Everything without a handler is passed over. */
export function silentTransport(
  name: string,
  { deliver, send = () => undefined }: Pick<Transport, 'deliver'> & Partial<Pick<Transport, 'send'>>,
): Transport {
  return {
    gateway: {
      name,
      userLimit: 'socketsPerUser',
      broadcast: (_channel, delivery) => deliver(delivery),
      multicast: (_channel, delivery) => deliver(delivery),
    },
    congested: false,
    deliver,
    send,
    whisper: () => undefined,
    join: () => undefined,
    leave: () => undefined,
    probe: () => undefined,
    drained: () => Promise.resolve(),
    disconnect: () => undefined,
  };
}
