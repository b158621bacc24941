import { useMemo, useSyncExternalStore } from 'react';
import { hold } from '../stores/hold.ts';
import type { Client } from '../types.ts';

const services = new Map<string, Client>();

/**
 * One client for all components that give this key, connected while one of them is mounted; null before the first is, and
 * on a server.
 */
export function useService(key: string, create: () => Client): Client | null {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the variables of `create`.
  const subscribe = useMemo(
    () => (notify: () => void) => {
      const service = services.get(key) ?? create();
      services.set(key, service);
      const release = hold(service);
      notify();
      return release;
    },
    [key],
  );
  return useSyncExternalStore(
    subscribe,
    () => services.get(key) ?? null,
    () => null,
  );
}

/** Whether the client is connected. */
export function useIsConnected(client: Client | null): boolean {
  const subscribe = useMemo(
    () => (notify: () => void) => client?.on('state', notify) ?? (() => undefined),
    [client],
  );
  return useSyncExternalStore(
    subscribe,
    () => client?.state.status === 'connected',
    () => false,
  );
}
