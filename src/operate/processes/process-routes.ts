import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { noQuery, operate, refusals } from '../schemas.ts';
import { Overview, Processes } from './model.ts';
import type { ProcessService } from './process-service.ts';

export function processRoutes(auth: AuthPlugin, service: ProcessService) {
  return new Elysia({ name: 'operate-processes', prefix: '/api/operate', tags: ['operate'] })
    .use(auth)
    .get('/overview', () => service.overview(), {
      operate,
      query: noQuery,
      response: { 200: Overview, ...refusals },
      detail: { summary: 'Whether anything is lost, and the numbers of all processes' },
    })
    .get('/processes', () => service.list(), {
      operate,
      query: noQuery,
      response: { 200: Processes, ...refusals },
      detail: { summary: 'All processes of the last week, and what the running ones say of themselves' },
    });
}
