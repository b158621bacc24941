import type { Publication } from '../../protocol/wire/publication.ts';
import { type BrokerListener, type ConnectBroker, isSignal } from '../ports/broker.ts';

/** A broker for managers that share this process: one of them in a process that is alone, several in tests. */
export function createMemoryBus(): ConnectBroker {
  const members = new Set<{ listener: BrokerListener; channels: Set<string> }>();
  return (listener) => {
    const member = { listener, channels: new Set<string>() };
    members.add(member);
    const tell = (channel: string, say: (listener: BrokerListener) => void, except?: typeof member) => {
      if (!members.has(member)) return;
      for (const each of members) {
        if (each !== except && each.channels.has(channel)) say(each.listener);
      }
    };
    const announce = (publication: Publication, except?: typeof member) =>
      tell(publication.channel, (each) => each.onPublication(publication), except);
    return {
      name: 'memory',
      get connected() {
        return members.has(member);
      },
      announce(publications) {
        for (const publication of publications) announce(publication, member);
      },
      echo: (publication) => announce(publication),
      signal(channel, text) {
        if (isSignal(text)) tell(channel, (each) => each.onSignal(channel, text), member);
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
