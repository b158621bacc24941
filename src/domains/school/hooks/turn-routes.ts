import { Elysia, t } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import { repeatable } from '../../../protocol/schemas/idempotency.ts';
import { cursor } from '../../../protocol/schemas/paging.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import * as model from '../model.ts';
import { schoolRoles } from '../roles.ts';
import { schoolsOf } from '../services/membership-service.ts';
import { tellOfSwitch } from './turn-service.ts';

const allow = [...schoolRoles];
const readFailures = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const writeFailures = { ...readFailures, 400: Problem, 413: Problem };

/** The schools of a person, and the one that they turn to. */
export function turnRoutes(auth: AuthPlugin, tracking: Tracking) {
  return new Elysia({ name: 'school-turn', prefix: '/api/v1/realtime', tags: ['school'] })
    .use(auth)
    .get('/schools', ({ principal, query }) => schoolsOf(tracking, principal, query), {
      allow,
      query: t.Object({
        cursor,
        limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 500, default: 200 }),
      }),
      response: { 200: model.Schools, ...readFailures },
      detail: { summary: 'The schools of the caller: a director turns to one of them' },
    })
    .put(
      '/context',
      async ({ body, principal }) => ({
        success: true as const,
        ...(await tellOfSwitch(tracking, principal, body.schoolId)),
      }),
      {
        allow,
        body: model.Turn,
        response: { 200: model.Turned, ...writeFailures },
        detail: {
          summary: 'Tells the devices of the caller that they turn to one of their schools',
          ...repeatable('says a state: a repeat tells the devices again'),
        },
      },
    );
}
