import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';
import { Problem } from '../../protocol/schemas/problem.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';

interface HealthDeps {
  readonly manager: RealtimeManager;
  /** Rejects when the process cannot do its work now. */
  readonly checkReady: () => Promise<Readiness>;
}

/** `asleep`: nobody is served, and the next request first wakes the process. */
export type Readiness = 'ready' | 'asleep';

const Healthy = Type.Object({ success: Type.Literal(true), status: Type.String(), timestamp: Type.String() });

const Status = Type.Object({
  success: Type.Literal(true),
  connectedClients: Type.Integer({ description: 'sessions of this process' }),
  activeChannels: Type.Array(Type.String(), { description: 'namespaces with subscribers in this process' }),
  timestamp: Type.String(),
});

const now = () => new Date().toISOString();

/** Whether the process lives, whether it can work, and what it carries. Open to everybody, so they tell no names. */
export function health({ manager, checkReady }: HealthDeps) {
  return new Elysia({ name: 'gateway-health', tags: ['operations'] })
    .get('/health', () => ({ success: true as const, status: 'live', timestamp: now() }), {
      detail: { summary: 'The process answers', security: [] },
      response: Healthy,
    })
    .get(
      '/health/ready',
      async () => {
        const status = await checkReady().catch((error: unknown) => {
          const { code, message, retryAfterMs = 1_000 } = AppError.from(error);
          throw new AppError(code, message, { cause: error, retryAfterMs });
        });
        return { success: true as const, status, timestamp: now() };
      },
      {
        detail: { summary: 'A publication of our own came through log, broker and manager', security: [] },
        response: { 200: Healthy, 503: Problem },
      },
    )
    .get(
      '/ws/status',
      () => ({
        success: true as const,
        connectedClients: manager.sessions.size,
        activeChannels: manager.channels.namespaces(),
        timestamp: now(),
      }),
      { detail: { summary: 'Connections of this process', security: [] }, response: Status },
    );
}
