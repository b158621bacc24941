import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { createClient } from '../index.ts';
import type { ClientOptions } from '../types.ts';
import { useLatest } from './base.ts';
import { type CampusSocket, campusSocket } from './campus-socket.ts';
import { noStream, type StreamMessage, type StreamState, streamStore } from './event-stream.ts';
import { useIsConnected, useService } from './service.ts';

export type { CampusSocket, StreamMessage, StreamState };

/** The rooms and events of the campus over one connection of all components of this address and token. */
export function useWebSocket(
  url: string,
  token?: string,
  options?: ClientOptions,
): { readonly socket: CampusSocket | null; readonly isConnected: boolean } {
  const client = useService(JSON.stringify([url, token]), () =>
    createClient(url, { ...(token !== undefined && { token }), ...options }),
  );
  const socket = useMemo(() => client && campusSocket(client), [client]);
  useEffect(() => () => socket?.close(), [socket]);
  return { socket, isConnected: useIsConnected(client) };
}

export interface StreamOptions<Data> {
  readonly token?: string | undefined;
  /** Called with every message that is no heartbeat. */
  readonly onMessage?: (message: StreamMessage<Data>) => void;
}

/** A stream of server-sent events, resumed where it was; null in place of an address opens none. */
export function useSSEStream<Data = unknown>(
  url: string | null,
  options: StreamOptions<Data> = {},
): StreamState<Data> {
  const latest = useLatest(options);
  const { get, subscribe } = useMemo(
    () =>
      url === null
        ? { get: () => noStream, subscribe: () => () => undefined }
        : streamStore<Data>(
            url,
            () => latest.current.token,
            (message) => latest.current.onMessage?.(message),
          ),
    [url, latest],
  );
  return useSyncExternalStore<StreamState<Data>>(subscribe, get, () => noStream);
}

export interface HeatmapPoint {
  readonly lat: number;
  readonly lng: number;
  /** 0 to 1. */
  readonly intensity: number;
}

export interface Heatmap {
  readonly resolution: number;
  readonly generatedAt: string;
  readonly points: readonly HeatmapPoint[];
}

export interface HeatmapOptions {
  /** The address of the server; by default that of the page. */
  readonly url?: string;
  readonly token?: string | undefined;
  readonly campusId?: string;
  readonly buildingIds?: readonly string[];
  readonly categories?: readonly string[];
  /** In milliseconds; 30,000, and at least 5,000. */
  readonly updateInterval?: number;
  readonly resolution?: number;
  readonly format?: 'geojson';
  /** Further parameters of the address. */
  readonly query?: Readonly<Record<string, string>>;
}

/** The heatmap of an organization as it changes. `Data` is a GeoJSON collection where `format` says so. */
export function useHeatmapStream<Data = Heatmap>(
  organizationId: string,
  { url = '', token, query, ...filter }: HeatmapOptions = {},
): { readonly heatmap: Data | null; readonly isConnected: boolean; readonly error: string | null } {
  const search = new URLSearchParams({ organizationId, ...query });
  for (const [name, value] of Object.entries(filter)) search.set(name, String(value));
  const { message, isConnected, error } = useSSEStream<Data>(`${url}/api/realtime/heatmap/stream?${search}`, {
    token,
  });
  return { heatmap: message?.data ?? null, isConnected, error };
}
