import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { missing, operate } from '../schemas.ts';
import { Why, WhyQuery } from './model.ts';
import type { WhyService } from './why-service.ts';

export function whyRoutes(auth: AuthPlugin, service: WhyService) {
  return new Elysia({ name: 'operate-why', prefix: '/api/operate', tags: ['operate'] })
    .use(auth)
    .get('/why', ({ query }) => service.why(query), {
      operate,
      query: WhyQuery,
      response: { 200: Why, ...missing },
      detail: {
        summary: 'Why a person has, or has not, a publication or a tracked event',
        description:
          'One cause, the findings that it rests on, and what is not known. The processes remember their latest 20,000 fan-outs and steps of sessions.',
      },
    });
}
