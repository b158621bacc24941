import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import type { DeliverySettings } from '../../../extension/delivery-settings.ts';
import { repeatable } from '../../../protocol/schemas/idempotency.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { type Activity, ActivityBatch } from '../../../tracking/connections/activity.ts';
import { statistics } from '../../../tracking/statistics/statistics.ts';
import { systemMetrics } from '../../../tracking/statistics/system-metrics.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { administrators, demandSchools } from '../permissions.ts';
import { schoolRoles } from '../roles.ts';
import * as measure from './measure-model.ts';

const allow = [...schoolRoles];
const readFailures = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const writeFailures = { ...readFailures, 400: Problem, 413: Problem };

interface MeasureDeps {
  readonly tracking: Tracking;
  readonly activity: Activity;
  readonly delivery: Pick<DeliverySettings, 'records' | 'sms'>;
  /** The principal whose rights a question has. */
  readonly readerOf: (principal: Principal) => Principal;
}

/** The routes of the activity that pages report, and of the statistics of deliveries and processes. */
export function measureRoutes(auth: AuthPlugin, { tracking, activity, delivery, readerOf }: MeasureDeps) {
  const { clock } = tracking;
  return new Elysia({ name: 'school-measures', prefix: '/api/v1/realtime', tags: ['school'] })
    .use(auth)
    .post(
      '/activity',
      ({ body, principal, headers }) => {
        const isStored = delivery.records.activity && headers['sec-gpc'] !== '1';
        if (!isStored) return success({ accepted: 0, dropped: body.length, recording: false });
        return success({ ...activity.record(principal, body), recording: true });
      },
      {
        allow,
        body: ActivityBatch,
        response: { 200: measure.Recorded, ...writeFailures },
        detail: {
          summary: 'Stores activity of the caller, as far as there is room and the deployment has `ACTIVITY`',
          ...repeatable('measures are approximate: items may be dropped, and repeated ones count again'),
        },
      },
    )
    .get(
      '/statistics',
      async ({ query, principal }) =>
        success({
          ...(await statistics(tracking, readerOf(principal), measure.periodOf(query, clock.now()))),
          currency: delivery.sms.currency ?? null,
        }),
      {
        allow,
        query: measure.PeriodQuery,
        response: { 200: measure.Statistics, ...readFailures },
        detail: {
          summary:
            'Statistics of deliveries: of the schools that the caller leads, otherwise the caller’s own',
        },
      },
    )
    .get(
      '/metrics',
      async ({ query, principal }) => {
        demandSchools(principal);
        return success(await systemMetrics(tracking, measure.periodOf(query, clock.now())));
      },
      {
        allow: administrators,
        query: measure.PeriodQuery,
        response: { 200: measure.SystemMetrics, ...readFailures },
        detail: {
          summary: 'Measurements of all processes, by minute: not for credentials that name schools',
        },
      },
    );
}

const success = <T>(data: T) => ({ success: true, data }) as const;
