import type { Publication } from '../../protocol/publication.ts';
import type { BrokerListener, ConnectBroker } from '../ports/broker.ts';

/** A broker for managers that share this process: one instance in production of one process, several in tests. */
export function createMemoryBus(): ConnectBroker {
  const members = new Set<{ listener: BrokerListener; channels: Set<string> }>();
  return (listener) => {
    const member = { listener, channels: new Set<string>() };
    members.add(member);
    return {
      announce(publications: readonly Publication[]) {
        for (const other of members) {
          if (other === member) continue;
          for (const publication of publications) {
            if (other.channels.has(publication.channel)) other.listener.onPublication(publication);
          }
        }
      },
      async join(channel) {
        member.channels.add(channel);
      },
      leave(channel) {
        member.channels.delete(channel);
      },
      async [Symbol.asyncDispose]() {
        members.delete(member);
      },
    };
  };
}
