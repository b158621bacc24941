import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useInsertionEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react';
import { hold } from '../stores/hold.ts';
import type { Store } from '../stores/store.ts';
import type { ChannelMap, ChannelsOf, Client } from '../types.ts';
import type { Register } from './register.ts';

export type Channels = Register extends { app: infer App } ? ChannelsOf<App> : ChannelMap;

const Context = createContext<Client | undefined>(undefined);

/** Gives its client to the hooks below it, and connects it while it is mounted. On a server it does neither. */
export function TambuliProvider({
  client,
  children,
}: {
  readonly client: Client<Channels>;
  readonly children?: ReactNode;
}): ReactNode {
  const untyped = client as unknown as Client;
  useEffect(() => hold(untyped), [untyped]);
  return createElement(Context.Provider, { value: untyped }, children);
}

/** The client of the nearest provider. */
export function useTambuli(): Client<Channels> {
  const client = useContext(Context);
  if (!client) throw new Error('Add a <TambuliProvider> above this component.');
  // The compiler alone knows the channels of a server.
  return client as unknown as Client<Channels>;
}

/**
 * The value of the store that `make` returns for the client and a name; `initial` on a server, and while there is no name.
 * `make` may change with every render: that of the first render is used.
 */
export function useStore<T>(
  make: (client: Client, name: string) => Store<T>,
  name: string | null,
  initial: T,
): T {
  const client = useTambuli() as unknown as Client;
  // biome-ignore lint/correctness/useExhaustiveDependencies: refs hold the variables of `make`.
  const { get, subscribe } = useMemo(
    () => (name === null ? { get: () => initial, subscribe: () => () => undefined } : make(client, name)),
    [client, name],
  );
  return useSyncExternalStore(subscribe, get, () => initial);
}

/** Holds what the latest render was given, so that a new function is no new subscription. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}
