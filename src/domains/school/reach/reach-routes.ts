import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import type { DomainContext } from '../../../extension/domain.ts';
import { repeatable } from '../../../protocol/schemas/idempotency.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import { readAttempts } from '../../../tracking/deliveries/attempts.ts';
import { Device, DeviceToken, removeDevice, saveDevice } from '../../../tracking/methods/fcm/devices.ts';
import { methodNames } from '../../../tracking/methods/methods.ts';
import {
  PushSubscription,
  removePushSubscription,
  savePushSubscription,
} from '../../../tracking/methods/web-push/push-subscriptions.ts';
import {
  PreferenceChange,
  readPreferences,
  savePreferences,
} from '../../../tracking/preferences/preferences.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { EventParameters } from '../model.ts';
import { schoolRoles } from '../roles.ts';
import * as model from './reach-model.ts';

const allow = [...schoolRoles];
const callFailures = { 401: Problem, 403: Problem, 503: Problem };
const writeFailures = { ...callFailures, 400: Problem, 413: Problem, 422: Problem };
const done = (work: Promise<void>) => work.then(() => ({ success: true }) as const);

interface Reach extends Pick<DomainContext, 'delivery'> {
  readonly tracking: Tracking;
}

/** The routes by which people are reached while they are not connected. */
export function reachRoutes(auth: AuthPlugin, { tracking, delivery }: Reach) {
  const own = { allow, response: { 200: model.Done, ...writeFailures } };
  const state = repeatable('says a state: a repeat changes nothing');
  return new Elysia({ name: 'school-reach', prefix: '/api/v1/realtime', tags: ['school'] })
    .use(auth)
    .get(
      '/push-key',
      () => ({ success: true as const, data: { publicKey: delivery.vapid?.publicKey ?? null } }),
      {
        response: { 200: model.PushKey },
        detail: { summary: 'The public key for push subscriptions of browsers', security: [] },
      },
    )
    .put(
      '/push-subscriptions',
      ({ body, principal }) => done(savePushSubscription(tracking, principal, body)),
      {
        ...own,
        body: PushSubscription,
        detail: { summary: 'Adds a push subscription of a browser', ...state },
      },
    )
    .delete(
      '/push-subscriptions',
      ({ body, principal }) => done(removePushSubscription(tracking, principal, body.endpoint)),
      {
        ...own,
        body: model.PushEndpoint,
        detail: { summary: 'Removes a push subscription of a browser', ...state },
      },
    )
    .put('/devices', ({ body, principal }) => done(saveDevice(tracking, principal, body)), {
      ...own,
      body: Device,
      detail: { summary: 'Registers a phone of the caller for pushes, at each start of the app', ...state },
    })
    .delete('/devices', ({ body, principal }) => done(removeDevice(tracking, principal, body.token)), {
      ...own,
      body: DeviceToken,
      detail: { summary: 'Removes a phone of the caller, at sign-out', ...state },
    })
    .get(
      '/preferences',
      async ({ principal }) => {
        const { choices, ...preferences } = await readPreferences(tracking, principal, delivery.hours);
        return {
          success: true as const,
          data: { ...preferences, choices: [...choices], methods: [...methodNames(delivery)] },
        };
      },
      {
        allow,
        response: { 200: model.Preferences, ...callFailures },
        detail: { summary: 'How the caller is reached: hours, addresses, and choices by type and method' },
      },
    )
    .put('/preferences', ({ body, principal }) => done(savePreferences(tracking, principal, body)), {
      ...own,
      body: PreferenceChange,
      detail: { summary: 'Changes how the caller is reached', ...state },
    })
    .get(
      '/events/:id/attempts',
      async ({ params, query, principal }) => ({
        data: [...(await readAttempts(tracking, principal, params.id, query.userId))],
      }),
      {
        allow,
        params: EventParameters,
        query: model.AttemptQuery,
        response: { 200: model.Attempts, ...callFailures, 422: Problem },
        detail: {
          summary:
            'The attempts to reach people of an event: the caller’s own, and those of schools that they lead',
        },
      },
    );
}
