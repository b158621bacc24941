import { createElement as h, type ReactNode, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../../../clients/web/src/index.ts';
import type { Socket } from '../../../clients/web/src/links/link.ts';
import { useHeatmapStream, useSSEStream, useWebSocket } from '../../../clients/web/src/react/campus.ts';
import { TambuliProvider, useInbox, usePresence } from '../../../clients/web/src/react/index.ts';
import {
  useNotifications,
  usePromotions,
  useRealtime,
  useVenueUpdates,
  useVibeChecks,
} from '../../../clients/web/src/react/venues.ts';
import type { Client } from '../../../clients/web/src/types.ts';

/** Pages of the teams, by the names of their documents, against a real server. */

export interface Shown extends Disposable {
  text(): string;
}

function show(page: ReactNode): Shown {
  const container = document.createElement('div');
  const root = createRoot(container);
  root.render(h(StrictMode, null, page));
  return { text: () => container.textContent ?? '', [Symbol.dispose]: () => root.unmount() };
}

interface VenueProps {
  readonly url: string;
  readonly venueId: string;
  readonly tell: (what: string) => void;
  readonly take?: (service: Client) => void;
}

function VenueManagement({ url, venueId, tell, take }: VenueProps): ReactNode {
  const { service, isConnected } = useRealtime(`${url.replace('http', 'ws')}/ws`, 'user-123');
  useEffect(() => {
    if (service) take?.(service);
  }, [service, take]);
  useVenueUpdates(service, ({ name, status }) => tell(`${name} is ${status}`));
  useVenueUpdates(service, ({ id }) => tell(`only ${id}`), venueId);
  useVibeChecks(service, venueId, ({ rating }) => tell(`rated ${rating}`));
  usePromotions(service, venueId, ({ title }) => tell(`promotion ${title}`));
  useNotifications(service, ({ title }) => tell(`notified of ${title}`));
  return h('div', null, isConnected ? 'Connected' : 'Disconnected');
}
export const showVenues = (props: VenueProps): Shown => show(h(VenueManagement, props));

/** A phone that has no WebSocket: it polls, at another address than that of the socket. */
function VenueScreen({ url, tell }: VenueProps): ReactNode {
  const { service, isConnected } = useRealtime('ws://127.0.0.1:1/ws', url, 'user-456', {
    transports: ['poll'],
    pollIntervalMs: 100,
  });
  useVenueUpdates(service, ({ status }) => tell(`the venue is ${status}`));
  return h('div', null, isConnected ? 'Connected' : 'Disconnected');
}
export const showPhone = (props: VenueProps): Shown => show(h(VenueScreen, props));

interface CampusProps {
  readonly url: string;
  readonly tell: (what: string) => void;
}

const who = { userId: 'student1', tenants: ['org123'] };

function LiveIssueList({ url, tell }: CampusProps): ReactNode {
  const { socket, isConnected } = useWebSocket(url, undefined, { identity: who });
  useEffect(() => {
    socket?.emit('subscribe:organization', { organizationId: 'org123' });
    return socket?.on<{ issueId: string; issue: { title: string } }>('issue:created', ({ issue }) =>
      tell(`created ${issue.title}`),
    );
  }, [socket, tell]);
  const query = { userId: who.userId, tenants: 'org123' };
  const { heatmap } = useHeatmapStream('org123', { url, updateInterval: 5_000, query });
  const search = new URLSearchParams({ organizationId: 'org123', ...query });
  const stream = useSSEStream<{ title?: string }>(`${url}/api/realtime/issues/stream?${search}`, {
    onMessage: ({ type, data }) => tell(`${type} ${data.title ?? 'list'}`),
  });
  const parts = [isConnected, stream.isConnected, (heatmap?.points.length ?? 0) > 0];
  return h('p', null, parts.join(' '));
}
export const showCampus = (props: CampusProps): Shown => show(h(LiveIssueList, props));

interface DeskProps {
  readonly url: string;
  /** Takes the text of every frame that the client sends. */
  readonly sent: (frame: string) => void;
}

function Desk({ url, sent }: DeskProps): ReactNode {
  const [portal] = useState(() => {
    const socket = (address: string) => {
      const real = new WebSocket(address);
      const send = real.send.bind(real);
      real.send = (frame) => {
        sent(String(frame));
        send(frame);
      };
      return real as unknown as Socket;
    };
    return createClient(url, {
      identity: { userId: 'user-123', role: 'clinician' },
      environment: { socket },
    });
  });
  return h(TambuliProvider, { client: portal }, h(People, { url }));
}

function People({ url }: { readonly url: string }): ReactNode {
  const { users } = usePresence('clinic_lobby');
  const inbox = useInbox('venue_notifications', async (signal) => {
    const response = await fetch(`${url}/api/notifications/inbox?userId=user-123`, { signal });
    return response.json() as Promise<{
      data: { id: string; title: string; readAt: string | null }[];
      unread: number;
      position: string;
    }>;
  });
  const titles = inbox.data?.items.map(({ title, readAt }) => `${title}${readAt ? '' : '*'}`);
  return h('p', null, `${users.map(({ userId }) => userId).sort()} | ${titles} | ${inbox.data?.unread}`);
}
export const showDesk = (props: DeskProps): Shown => show(h(Desk, props));
