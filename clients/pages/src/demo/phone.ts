import { type ReadonlySignal, signal } from '@preact/signals';
import type { Client } from '../shell/client.ts';
import { facts } from '../shell/facts.ts';
import { openClient, type Session } from '../shell/session.ts';
import { openWireTap, type WireTap } from '../shell/wire-tap.ts';
import { openTokens } from './demo-token.ts';
import { type Account, placeOf } from './ledger.ts';

export const demoChannel = 'venue_updates';
/** The server closes a session whose token is over by this code. */
const expiredCode = 4002;

/** The client of a phone, the wire that it hangs on, and an account of what it was given. */
export interface Phone {
  readonly name: string;
  readonly userId: string;
  readonly client: Client;
  readonly tap: WireTap;
  readonly account: ReadonlySignal<Account>;
  /** Tokens that it was given, and those that expired in use; undefined where the server gives none. */
  readonly tokens:
    | { readonly given: ReadonlySignal<number>; readonly expired: ReadonlySignal<number> }
    | undefined;
  /** Lets its token expire: a real one where there are any, otherwise the close that follows it. */
  expire(): Promise<void>;
  close(): void;
}

export function openPhone(name: string, who: Session): Phone {
  const expired = signal(0);
  const tap = openWireTap(undefined, (code) => {
    if (code === expiredCode) expired.value += 1;
  });
  const tokens = facts.demo && openTokens(who);
  const client = openClient(who, {
    environment: tap.environment,
    ...(tokens && { getToken: tokens.getToken }),
  });
  const account = signal<Account>({ from: undefined, to: undefined, seen: [], told: 0 });
  const channel = client.channel(demoChannel);
  let wasSubscribed = false;
  const update = (change: Partial<Account>) => {
    account.value = { ...account.value, ...change };
  };
  const undo = [
    channel.on('state', ({ status, position, recovered }) => {
      const to = placeOf(position);
      const isSubscribed = status === 'subscribed';
      const isTold = isSubscribed && !wasSubscribed && recovered === false;
      wasSubscribed = isSubscribed;
      const { from = to, told } = account.value;
      update(isTold ? { from: to, to, told: told + 1 } : { from, to });
    }),
    channel.subscribe(({ position, data }) => {
      const place = placeOf(position);
      if (place) update({ seen: [...account.value.seen, { ...place, text: textOf(data) }] });
    }),
  ];
  client.connect();
  return {
    name,
    userId: who.userId,
    client,
    tap,
    account,
    tokens: tokens && { given: tokens.given, expired },
    expire: async () => (tokens ? tokens.expire(client) : tap.close(expiredCode)),
    close() {
      for (const each of undo) each();
      client.close();
    },
  };
}

/** The line that a phone shows of an update. */
export function textOf(data: unknown): string {
  const { name = '', description = '' } = Object(data);
  return `${name}: ${description}`;
}
