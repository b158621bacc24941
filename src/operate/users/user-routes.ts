import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import { repeatable } from '../../protocol/schemas/idempotency.ts';
import { noQuery, operate, refusals, UserParams } from '../schemas.ts';
import type { ForgetService } from './forget-service.ts';
import { Forgotten, UserQuery, UserView } from './model.ts';
import type { UserService } from './user-service.ts';

export function userRoutes(auth: AuthPlugin, service: UserService, forgetting: ForgetService) {
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
    })
    .delete('/:id', ({ params }) => forgetting.forget(params.id), {
      operate,
      params: UserParams,
      query: noQuery,
      response: { 200: Forgotten, ...refusals },
      detail: {
        summary: 'Forgets a person: ends sessions, withdraws tokens and removes what is kept of them',
        description:
          'Counts stay. What a person wrote loses its content, what others keep of the application loses the name.',
        ...repeatable('removes what is there; a repeat finds less, or nothing'),
      },
    });
}
