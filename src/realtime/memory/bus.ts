import type { Publication } from '../../protocol/publication.ts';
import type { BrokerListener, ConnectBroker } from '../ports/broker.ts';

/** A broker for managers that share this process: one of them in a process that is alone, several in tests. */
export function createMemoryBus(): ConnectBroker {
  const members = new Set<{ listener: BrokerListener; channels: Set<string> }>();
  return (listener) => {
    const member = { listener, channels: new Set<string>() };
    members.add(member);
    const tell = (publication: Publication, except?: typeof member) => {
      if (!members.has(member)) return;
      for (const each of members) {
        if (each !== except && each.channels.has(publication.channel))
          each.listener.onPublication(publication);
      }
    };
    return {
      name: 'memory',
      get connected() {
        return members.has(member);
      },
      announce(publications) {
        for (const publication of publications) tell(publication, member);
      },
      echo: (publication) => tell(publication),
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
