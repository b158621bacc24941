import { afterAll, beforeAll, expect, test } from 'bun:test';
import { until } from '../../../support/until.ts';
import {
  callbackUrl,
  signedCallback,
  smsAccount,
  startSmsServer,
} from '../../../tracking/methods/sms/sms-server.ts';
import { grace, joseph, ruth, type School, sendTo, startSchool } from '../support.ts';

let school: School;
let provider: ReturnType<typeof startSmsServer>;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  provider = opened.use(startSmsServer());
  school = opened.use(
    await startSchool({
      SMS_URL: provider.url,
      SMS_USER: smsAccount.user,
      SMS_PASSWORD: smsAccount.password,
      SMS_FROM: smsAccount.from,
      SMS_CALLBACK_URL: callbackUrl,
      SMS_SEGMENT_COST: '0.8',
      SMS_CURRENCY: 'KES',
      PRIVATE_RECEIVERS: 'true',
    }),
  );
  await school.call(grace, 'PATCH', '/event-types/custom_notification', {
    methods: ['sms'],
    escalation: null,
  });
  await school.call(grace, 'PUT', `/contacts/${joseph.userId}`, { phone: '+254722000001' });
});
afterAll(() => opened.disposeAsync());

const post = (path: string, { body, signature }: ReturnType<typeof signedCallback>) =>
  fetch(`${school.url}${new URL(callbackUrl).pathname}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
  });

test('the provider that is configured sends an event, reports it and hands over what people answer', async () => {
  const [eventId = ''] = await sendTo(school, joseph, ['Closed tomorrow']);
  await until(() => Promise.resolve(provider.sent.length === 1));
  const path = provider.sent[0]?.callback?.slice(callbackUrl.length) ?? '';
  const delivered = signedCallback(`${callbackUrl}${path}`, {
    MessageSid: 'SM1',
    MessageStatus: 'delivered',
  });
  expect((await post(path, { ...delivered, signature: 'x' })).status).toBe(401);
  const answer = await post(path, delivered);
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    200,
    'text/xml',
    '<Response/>',
  ]);
  const attempts = () => school.call(ruth, 'GET', `/events/${eventId}/attempts`);
  // The report may be written before the outcome of the attempt.
  await until(async () => JSON.stringify((await attempts()).body).includes('"outcome":"taken"'));
  expect((await attempts()).body).toMatchObject({
    data: [
      {
        userId: joseph.userId,
        method: 'sms',
        outcome: 'taken',
        providerId: 'SM1',
        report: 'delivered',
        cost: 0.8,
      },
    ],
  });
  expect((await school.call(ruth, 'GET', '/statistics')).body).toMatchObject({
    data: { currency: 'KES', methods: { sms: { attempts: 1, delivered: 1, cost: 0.8 } } },
  });
  const stop = signedCallback(`${callbackUrl}/inbound`, { From: '+254722000001', Body: 'Stop' });
  expect((await post('/inbound', stop)).status).toBe(200);
  const [second = ''] = await sendTo(school, joseph, ['Open again']);
  const refused = `select from realtime_event_deliveries where event_id = $1 and last_error = 'sms: they opted out of SMS'`;
  await until(async () => (await school.database.query(refused, [second])).length === 1);
  expect(provider.sent).toHaveLength(1);
});
