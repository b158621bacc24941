import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { noQuery, operate, refusals } from '../schemas.ts';
import { Errors, Limits } from './model.ts';
import type { TroubleService } from './trouble-service.ts';

export function troubleRoutes(auth: AuthPlugin, service: TroubleService) {
  return new Elysia({ name: 'operate-troubles', prefix: '/api/operate', tags: ['operate'] })
    .use(auth)
    .get('/limits', () => service.limits(), {
      operate,
      query: noQuery,
      response: { 200: Limits, ...refusals },
      detail: { summary: 'Limits that were hit and other refusals, of all processes' },
    })
    .get('/errors', () => service.errors(), {
      operate,
      query: noQuery,
      response: { 200: Errors, ...refusals },
      detail: { summary: 'The latest failures of the server, of all processes' },
    });
}
