import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { Problem } from '../../protocol/schemas/problem.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';

interface StatsDeps {
  readonly manager: RealtimeManager;
  readonly auth: AuthPlugin;
}

/** By the names of the gateways. */
const transports = ['websocket', 'socket.io', 'sse', 'polling'] as const;

const counts = (description: string) =>
  Type.Object(Object.fromEntries(transports.map((name) => [name, Type.Integer()])), { description });

const Stats = Type.Object({
  success: Type.Literal(true),
  process: Type.Object(
    {
      connections: Type.Integer({
        description: 'live sessions, those that have not said who they are included',
      }),
      byTransport: counts('the same, by transport'),
      streams: Type.Integer({ description: 'server-sent events' }),
      subscriptions: Type.Integer({ description: 'sessions × channels they read' }),
      channels: Type.Integer({ description: 'channels with readers' }),
    },
    { description: 'of the process that answers' },
  ),
  everywhere: Type.Object(
    { users: counts('users with a live session, by transport; services do not count') },
    { description: 'of all processes' },
  ),
  timestamp: Instant(),
});

/** `GET /api/realtime/stats`: how much is going on. Numbers alone, so that every identified caller may see them. */
export function statsRoute({ manager, auth }: StatsDeps) {
  return new Elysia({ name: 'gateway-stats', tags: ['operations'] }).use(auth).get(
    '/api/realtime/stats',
    async () => {
      const byTransport = Object.fromEntries(transports.map((name) => [name, 0]));
      for (const { transport } of manager.sessions) {
        const { name } = transport.gateway;
        byTransport[name] = (byTransport[name] ?? 0) + 1;
      }
      const users = await Promise.all(
        transports.map(async (name) => [name, await manager.sessions.counts.usersOver(name)]),
      );
      return {
        success: true as const,
        process: {
          connections: manager.sessions.size,
          byTransport,
          streams: byTransport['sse'] ?? 0,
          subscriptions: manager.channels.subscriptions,
          channels: manager.channels.size,
        },
        everywhere: { users: Object.fromEntries(users) },
        timestamp: new Date().toISOString(),
      };
    },
    {
      allow: [],
      response: { 200: Stats, 401: Problem, 503: Problem },
      detail: { summary: 'Connections, streams and channels' },
    },
  );
}
