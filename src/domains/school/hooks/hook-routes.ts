import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import { KeyHeaders } from '../../../protocol/schemas/idempotency.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import * as model from '../model.ts';
import { raised } from '../raised.ts';
import { schoolRoles } from '../roles.ts';
import { type Hook, HookBatch, type HookName, hookEvents } from './hook-events.ts';
import { HookService } from './hook-service.ts';
import type { HookCall } from './hooks.ts';

const allow = [...schoolRoles];
const writeFailures = { 400: Problem, 401: Problem, 403: Problem, 413: Problem, 422: Problem, 503: Problem };
const addressing = { ...writeFailures, 404: Problem };

const namesSchool = ({ input }: Hook) =>
  Object.keys(input.properties).some((name) => /schoolIds?$/i.test(name));

/** The hooks over REST, one route for each and one for several. */
export function hookRoutes(auth: AuthPlugin, tracking: Tracking) {
  const service = new HookService(tracking);
  const headers = KeyHeaders;
  const routes = new Elysia({ name: 'school-hooks', prefix: '/api/v1/realtime/hooks', tags: ['school'] })
    .use(auth)
    .post(
      '/batch',
      ({ body, principal, requestKey }) =>
        raised(service.callAll(body.calls as unknown as HookCall[], principal, requestKey)),
      {
        allow,
        headers,
        body: HookBatch,
        response: { 200: model.BatchAnswer, ...addressing },
        detail: { summary: 'Calls several hooks, all or none' },
      },
    );
  for (const [name, hook] of Object.entries<Hook>(hookEvents)) {
    const { eventType, input } = hook;
    routes.post(
      `/${name}`,
      ({ body, principal, requestKey }) => {
        const call = { hook: name as HookName, input: body } as HookCall;
        return raised(service.call(call, principal, requestKey));
      },
      {
        allow,
        headers,
        body: input,
        response: { 200: model.CreatedAnswer, ...(namesSchool(hook) ? addressing : writeFailures) },
        detail: { summary: `Raises \`${eventType}\`` },
      },
    );
  }
  return routes;
}
