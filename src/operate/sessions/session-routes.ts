import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { repeatable } from '../../protocol/schemas/idempotency.ts';
import { missing, noQuery, operate, refusals, SessionParams } from '../schemas.ts';
import { Ended, SessionList, SessionQuery, SessionView, Withdrawn } from './model.ts';
import type { SessionService } from './session-service.ts';

export function sessionRoutes(auth: AuthPlugin, service: SessionService) {
  return new Elysia({ name: 'operate-sessions', prefix: '/api/operate/sessions', tags: ['operate'] })
    .use(auth)
    .get('', ({ query }) => service.list(query), {
      operate,
      query: SessionQuery,
      response: { 200: SessionList, ...refusals },
      detail: { summary: 'Live sessions of all processes, the oldest first' },
    })
    .get('/:id', async ({ params }) => ({ success: true as const, data: await service.view(params.id) }), {
      operate,
      params: SessionParams,
      query: noQuery,
      response: { 200: SessionView, ...missing },
      detail: { summary: 'A session, its channels and how far it is in each' },
    })
    .post('/:id/close', ({ params }) => service.close(params.id), {
      operate,
      params: SessionParams,
      response: { 200: Ended, ...missing },
      detail: {
        summary: 'Ends a session, whose client may come back',
        ...repeatable('ends what is open; a second request finds nothing'),
      },
    })
    .post('/:id/revoke', ({ params }) => service.revoke(params.id), {
      operate,
      params: SessionParams,
      response: { 200: Withdrawn, ...missing },
      detail: {
        summary: 'Withdraws all tokens of the user of a session, and ends what was opened with them',
        ...repeatable('withdraws what was issued until now; a repeat only moves that time'),
      },
    });
}
