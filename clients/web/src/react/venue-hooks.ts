import { useEffect } from 'react';
import type { Client, ClientOptions, Publication } from '../types.ts';
import { useLatest } from './base.ts';
import { useIsConnected, useService } from './service.ts';

export interface Realtime {
  /** For the other hooks; null before the component is mounted. */
  readonly service: Client | null;
  readonly isConnected: boolean;
}

export interface UseRealtime {
  /** On the web: the address of the socket, and who is there. */
  (socketUrl: string, userId: string, options?: ClientOptions): Realtime;
  /** On a phone, which polls while there is no socket: also the address of the polls. */
  (socketUrl: string, apiUrl: string, userId: string, options?: ClientOptions): Realtime;
}

/** `useRealtime` over this build of the client. */
export const realtimeHook =
  (createClient: (url: string, options: ClientOptions) => Client): UseRealtime =>
  (socketUrl, second, third?: string | ClientOptions, fourth?: ClientOptions) => {
    const [userId, apiUrl] = typeof third === 'string' ? [third, second] : [second, undefined];
    const options = typeof third === 'string' ? fourth : third;
    const service = useService(JSON.stringify([socketUrl, apiUrl, userId]), () => {
      // The client knows the address of the server, and that of its socket by itself.
      const url = socketUrl.replace(/\/ws\/?$/, '');
      const pollsElsewhere = apiUrl !== undefined && {
        environment: {
          fetch: (path: string, init: RequestInit) =>
            fetch(path.replace(url.replace(/^ws/, 'http'), apiUrl.replace(/\/$/, '')), init),
        },
      };
      return createClient(url, { identity: { userId }, ...pollsElsewhere, ...options });
    });
    return { service, isConnected: useIsConnected(service) };
  };

export interface VenueUpdate {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: 'active' | 'inactive';
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export interface VibeCheck {
  readonly id: string;
  readonly venueId: string;
  readonly userId: string;
  /** 1 to 5. */
  readonly rating: number;
}

export interface Promotion {
  readonly id: string;
  readonly venueId: string;
  readonly title: string;
  readonly startDate: string;
  readonly endDate: string;
}

export interface VenueNotification {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly message: string;
  readonly data: unknown;
  readonly createdAt: string;
}

/** Gets the row, and the publication that carried it: its `eventType` says what happened to the row. */
export type RowHandler<Row> = (row: Row, publication: Publication) => unknown;

/** Updates of all venues, or of one. */
export const useVenueUpdates = (
  service: Client | null,
  handler: RowHandler<VenueUpdate>,
  venueId?: string,
): void =>
  useRows(service, venueId === undefined ? 'venue_updates' : `venue:${venueId}`, 'venue_update', handler);

export const useVibeChecks = (
  service: Client | null,
  venueId: string,
  handler: RowHandler<VibeCheck>,
): void => useRows(service, `vibe_checks:${venueId}`, 'vibe_check', handler);

export const usePromotions = (
  service: Client | null,
  venueId: string,
  handler: RowHandler<Promotion>,
): void => useRows(service, `promotions:${venueId}`, 'promotion', handler);

/** Notifications of the user of the service. */
export const useNotifications = (service: Client | null, handler: RowHandler<VenueNotification>): void =>
  useRows(service, 'venue_notifications', 'notification', handler);

function useRows<Row>(service: Client | null, channel: string, type: string, handler: RowHandler<Row>): void {
  const latest = useLatest(handler);
  useEffect(
    () =>
      service
        ?.channel(channel)
        .subscribe((publication) => latest.current(publication.data as Row, publication), { type }),
    [service, channel, type, latest],
  );
}
