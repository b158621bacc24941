import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { operate, refusals, UserParams } from '../schemas.ts';
import { UserQuery, UserView } from './model.ts';
import type { UserService } from './user-service.ts';

export function userRoutes(auth: AuthPlugin, service: UserService) {
  return new Elysia({ name: 'operate-users', prefix: '/api/operate/users', tags: ['operate'] })
    .use(auth)
    .get('/:id', ({ params, query }) => service.view(params.id, query), {
      operate,
      params: UserParams,
      query: UserQuery,
      response: { 200: UserView, ...refusals },
      detail: {
        summary: 'A person: devices, what they may read and why, inbox and push',
        description:
          'The rules are asked with the role and the tenants of a connection, where this deployment knows one, or with those of the query.',
      },
    });
}
