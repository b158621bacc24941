import { Elysia, t } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import type { SmsSettings } from '../../../extension/delivery-settings.ts';
import { repeatable } from '../../../protocol/schemas/idempotency.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import { Text, Uuid } from '../../../protocol/schemas/text.ts';
import { Contact, saveContact } from '../../../tracking/methods/contacts.ts';
import { takeInbound, takeStatus } from '../../../tracking/methods/sms/callbacks.ts';
import { reportJob, takeInboundOfPhone, takeJobs } from '../../../tracking/methods/sms/gateway/jobs.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { administrators } from '../permissions.ts';
import { schoolRoles } from '../roles.ts';
import { demandPerson } from '../services/membership-service.ts';
import { Done } from './reach-model.ts';
import * as model from './sms-model.ts';

const allow = [...schoolRoles];
const writeFailures = { 400: Problem, 401: Problem, 403: Problem, 413: Problem, 422: Problem, 503: Problem };
/** The longest form that a provider of SMS posts. */
const maxFormLength = 20_000;
const done = { success: true } as const;
const state = repeatable('says a state: a repeat changes nothing');

/** The routes of phone numbers, and of phones that send SMS. */
export function smsRoutes(auth: AuthPlugin, tracking: Tracking) {
  return new Elysia({ name: 'school-sms', prefix: '/api/v1/realtime', tags: ['school'] })
    .use(auth)
    .put(
      '/contacts/:userId',
      async ({ params, body, principal }) => {
        await demandPerson(tracking, principal, params.userId);
        await saveContact(tracking, params.userId, body);
        return done;
      },
      {
        allow: administrators,
        params: model.ContactParameters,
        body: Contact,
        response: { 200: Done, ...writeFailures },
        detail: { summary: 'Changes the addresses at which a person is reached; null removes one', ...state },
      },
    )
    .post(
      '/sms/jobs/take',
      async ({ body, principal }) => ({
        success: true as const,
        data: [...(await takeJobs(tracking, principal, { limit: 5, ...body }))],
      }),
      {
        allow,
        body: model.TakeJobs,
        response: { 200: model.Jobs, ...writeFailures },
        detail: {
          summary: 'Gives a phone of somebody who leads a school the SMS that wait there',
          ...repeatable('what was taken is not given again before its lease ends'),
        },
      },
    )
    .put(
      '/sms/jobs/:id',
      async ({ params, body, principal }) => {
        await reportJob(tracking, principal, { jobId: params.id, ...body });
        return done;
      },
      {
        allow,
        params: model.JobParameters,
        body: model.JobReport,
        response: { 200: Done, ...writeFailures, 404: Problem },
        detail: { summary: 'Reports what a phone has done with an SMS', ...state },
      },
    )
    .post(
      '/sms/answers',
      async ({ body, principal }) => {
        await takeInboundOfPhone(tracking, principal, body);
        return done;
      },
      {
        allow,
        body: model.Inbound,
        response: { 200: Done, ...writeFailures },
        detail: { summary: 'Hands over an SMS that such a phone received: STOP opts out', ...state },
      },
    );
}

const callbackPrefix = '/api/v1/realtime/sms';

/** The addresses to which a provider of SMS posts a form. */
export const smsCallbackPaths = ['/status', '/inbound'].map((path) => `${callbackPrefix}${path}`);

/** The routes that a provider of SMS calls back, with a signature in place of credentials. */
export function smsCallbackRoutes(tracking: Tracking, { callbacks }: SmsSettings) {
  const form = {
    body: t.String({ maxLength: maxFormLength }),
    headers: t.Object({ 'x-twilio-signature': t.Optional(Text(1_000, { minLength: 0 })) }),
    detail: { hide: true },
  };
  return new Elysia({ name: 'school-sms-callbacks', prefix: callbackPrefix })
    .post(
      '/status',
      async ({ body, headers, query }) => {
        const callback = { body: body, signature: headers['x-twilio-signature'] };
        await takeStatus(tracking, callbacks, query.attempt ?? '', callback);
        return taken();
      },
      { ...form, query: t.Object({ attempt: t.Optional(Uuid()) }) },
    )
    .post(
      '/inbound',
      async ({ body, headers }) => {
        await takeInbound(tracking, callbacks, {
          body: body,
          signature: headers['x-twilio-signature'],
        });
        return taken();
      },
      form,
    );
}

/** Nothing is said in return. */
const taken = () => new Response('<Response/>', { headers: { 'content-type': 'text/xml' } });
