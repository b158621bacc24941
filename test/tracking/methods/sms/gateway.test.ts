import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { acknowledge } from '../../../../src/tracking/deliveries/acknowledge.ts';
import { readAttempts } from '../../../../src/tracking/deliveries/attempts.ts';
import { createEvent } from '../../../../src/tracking/events/create-event.ts';
import { saveContact } from '../../../../src/tracking/methods/contacts.ts';
import {
  createGatewaySms,
  jobLifeMs,
} from '../../../../src/tracking/methods/sms/gateway/gateway-provider.ts';
import {
  type JobReport,
  jobLeaseMs,
  reportJob,
  returnJobs,
  takeInboundOfPhone,
  takeJobs,
} from '../../../../src/tracking/methods/sms/gateway/jobs.ts';
import { createSms } from '../../../../src/tracking/methods/sms/sms.ts';
import { startTrackingWorker } from '../../../../src/tracking/worker.ts';
import { until } from '../../../support/until.ts';
import {
  codeOf,
  esther,
  greenfield,
  joseph,
  mary,
  person,
  riverside,
  ruth,
  type Subject,
  startTracking,
} from '../../support.ts';
import { outgoingDelivery } from '../receivers.ts';

const samuel = person('principal-2', 'principal');
const amina = person('director-1', 'school_director');
let subject: Subject;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  subject = opened.use(await startTracking());
  await subject.rows(
    `update realtime_event_types set methods = '{sms,webhook}', escalation = null, max_attempts = 3, retry_interval_ms = 60000 where name = 'payment_received'`,
  );
  await saveContact(subject.tracking, joseph.userId, { phone: '+254722000001' });
  await saveContact(subject.tracking, mary.userId, { phone: '+254722000002' });
});
afterEach(() => subject.rows('delete from realtime_events'));
afterAll(() => opened.disposeAsync());

const create = () =>
  createSms({
    tracking: subject.tracking,
    provider: createGatewaySms(subject.tracking),
    limits: { perPerson: 1_000, perDay: 1_000 },
    maxSegments: 3,
  });
const startWorker = () =>
  startTrackingWorker({
    tracking: subject.tracking,
    methods: [create()],
    hasPhones: true,
    listenUrl: subject.url,
    random: () => 0,
  });
const pay = async (who = joseph, more = {}) => {
  const input = { eventType: 'payment_received', tenantId: greenfield, targetUserIds: [who.userId], ...more };
  return (await createEvent(subject.tracking, { ...input, title: 'Paid', message: 'Thanks' })).eventId;
};
const take = (who = ruth, gateway = 'phone-1', limit = 5) =>
  takeJobs(subject.tracking, who, { gateway, limit });
const report = (jobId: string, status: JobReport['status'], who = ruth, gateway = 'phone-1') =>
  reportJob(subject.tracking, who, { jobId, gateway, status });
const jobs = async (status = 'queued') =>
  (await subject.rows('select id from realtime_sms_jobs where status = $1', [status])).length;
const attemptOf = async (eventId: string) => (await readAttempts(subject.tracking, joseph, eventId)).at(-1);
const delivery = async (eventId: string) =>
  (
    await subject.rows('select status, last_error from realtime_event_deliveries where event_id = $1', [
      eventId,
    ])
  )[0] ?? {};
/** A job that waits, once the worker has made it. */
async function queued(...ids: readonly Promise<string>[]): Promise<readonly string[]> {
  const events = await Promise.all(ids);
  await until(async () => (await jobs()) === events.length);
  return events;
}
const wakings = async () =>
  (await subject.log.read(`realtime_sms_jobs:${greenfield}`, 0, 1_000)).publications.length;

test('a phone is woken, takes the message, and what it reports is in the attempt and the delivery', async () => {
  await using _worker = startWorker();
  const before = await wakings();
  const [eventId = ''] = await queued(pay());
  expect(await wakings()).toBe(before + 1);
  const [job] = await take();
  expect(job).toEqual({
    jobId: expect.any(String),
    to: '+254722000001',
    text: 'Paid: Thanks',
    leasedUntil: new Date(subject.clock.now() + jobLeaseMs).toISOString(),
  });
  const { jobId = '' } = job ?? {};
  expect(await take()).toEqual([]);
  await until(async () => (await attemptOf(eventId))?.outcome === 'taken');
  expect(await attemptOf(eventId)).toMatchObject({
    method: 'sms',
    providerId: jobId,
    segments: 1,
    report: null,
  });
  await report(jobId, 'sent');
  await report(jobId, 'sent');
  expect(await attemptOf(eventId)).toMatchObject({ report: 'sent' });
  await report(jobId, 'delivered');
  await report(jobId, 'failed');
  expect(await attemptOf(eventId)).toMatchObject({ report: 'delivered', error: null });
  expect(await delivery(eventId)).toMatchObject({ status: 'delivered' });
  // It was sent: nothing comes back when the lease ends.
  subject.clock.advance(jobLeaseMs);
  expect(await returnJobs(subject.tracking)).toBe(0);
});

test('a phone that dies with a job in hand leaves it to another when its lease ends, and to nobody before', async () => {
  await using _worker = startWorker();
  await queued(pay());
  const [job] = await take();
  const before = await wakings();
  subject.clock.advance(jobLeaseMs - 1);
  expect(await take(amina, 'phone-2')).toEqual([]);
  subject.clock.advance(1);
  await until(async () => (await jobs()) === 1);
  expect(await wakings()).toBe(before + 1);
  const [again] = await take(amina, 'phone-2');
  expect(again?.jobId).toBe(job?.jobId ?? '');
  // The first one comes back: it cannot give away what another has in hand, but says what it has sent.
  await report(again?.jobId ?? '', 'failed');
  expect(await jobs('taken')).toBe(1);
  await report(again?.jobId ?? '', 'sent');
  expect(await jobs('sent')).toBe(1);
});

test('a phone that cannot send gives the job back at once, and after five the next method has its turn', async () => {
  await using _worker = startWorker();
  const [eventId = ''] = await queued(pay());
  for (let n = 1; n <= 5; n++) {
    await until(async () => (await jobs()) === 1);
    const [job] = await take(ruth, `phone-${n}`);
    await report(job?.jobId ?? '', 'failed', ruth, `phone-${n}`);
  }
  await until(async () => (await delivery(eventId))['status'] === 'failed');
  expect(await delivery(eventId)).toEqual({
    status: 'failed',
    last_error: 'sms: the phone could not send it',
  });
  expect(await attemptOf(eventId)).toMatchObject({ report: 'failed' });
});

test('a job that no phone takes fails in the end', async () => {
  await using _worker = startWorker();
  const [eventId = ''] = await queued(pay());
  await until(async () => (await attemptOf(eventId))?.outcome === 'taken');
  subject.clock.advance(jobLifeMs);
  await until(async () => (await delivery(eventId))['status'] === 'failed');
  expect(await delivery(eventId)).toEqual({ status: 'failed', last_error: 'sms: no phone took it in time' });
});

test('what was read before a phone took it is cancelled, and of what is left the most urgent comes first', async () => {
  await using _worker = startWorker();
  const [read = '', , urgent = ''] = await queued(pay(), pay(mary), pay(joseph, { priority: 'urgent' }));
  await acknowledge(subject.tracking, joseph, { eventId: read, kind: 'read' });
  const taken = await take();
  expect(taken).toHaveLength(2);
  const [first] = await subject.rows('select event_id from realtime_sms_jobs where id = $1', [
    taken[0]?.jobId,
  ]);
  expect(first).toEqual({ event_id: urgent });
  expect(await attemptOf(read)).toMatchObject({ outcome: 'taken', report: 'cancelled' });
});

test('only the phones of those who lead the school take its messages and report them', async () => {
  await using _worker = startWorker();
  await queued(pay());
  for (const who of [joseph, esther]) expect(await codeOf(take(who))).toBe('forbidden');
  expect(await take(samuel)).toEqual([]);
  const [job] = await take();
  expect(await codeOf(report(job?.jobId ?? '', 'sent', samuel))).toBe('not_found');
  expect(await codeOf(report(job?.jobId ?? '', 'sent', joseph))).toBe('forbidden');
});

test('two phones at the same time take different jobs', async () => {
  await using _worker = startWorker();
  await queued(...Array.from({ length: 6 }, () => pay()));
  const [one, two] = await Promise.all([take(ruth, 'phone-1', 3), take(amina, 'phone-2', 3)]);
  expect(new Set([...one, ...two].map(({ jobId }) => jobId)).size).toBe(6);
});

test('the repetition of an attempt after a crash adds no second message', async () => {
  await using _worker = startWorker();
  const [eventId = ''] = await queued(pay());
  const [{ id: attemptId } = { id: '' }] = await subject.rows(
    'select id from realtime_delivery_attempts where event_id = $1',
    [eventId],
  );
  const { event, ...rest } = outgoingDelivery({ id: eventId, tenantId: greenfield });
  const repeated = await create().send(
    { ...rest, event, attemptId: String(attemptId) },
    AbortSignal.timeout(10_000),
  );
  expect(repeated).toMatchObject({ kind: 'taken', providerId: (await take())[0]?.jobId });
});

test('an event of no tenant is sent by the phones of a school of its recipient', async () => {
  await using _worker = startWorker();
  const input = {
    eventType: 'payment_received',
    targetUserIds: ['parent-2'],
    title: 'Paid',
    message: 'Thanks',
  };
  await saveContact(subject.tracking, 'parent-2', { phone: '+254722000003' });
  await queued(createEvent(subject.tracking, input).then(({ eventId }) => eventId));
  expect(await take()).toEqual([]);
  expect(await subject.rows('select tenant_id from realtime_sms_jobs')).toEqual([{ tenant_id: riverside }]);
  expect(await take(samuel)).toMatchObject([{ to: '+254722000003' }]);
});

test('a phone hands over what people of its school answer, and decides for nobody else', async () => {
  const stops = async () =>
    (await subject.rows('select phone from realtime_sms_stops')).map(({ phone }) => phone);
  const says = (who: typeof ruth, body: string) =>
    takeInboundOfPhone(subject.tracking, who, { from: '+254722000001', body });
  expect(await codeOf(says(joseph, 'Stop'))).toBe('forbidden');
  await says(samuel, 'Stop');
  expect(await stops()).toEqual([]);
  await says(ruth, 'Stop');
  expect(await stops()).toEqual(['+254722000001']);
  await says(samuel, 'Start');
  await takeInboundOfPhone(subject.tracking, ruth, { from: '+254722000009', body: 'Stop' });
  expect(await stops()).toEqual(['+254722000001']);
  await says(ruth, 'Start');
  expect(await stops()).toEqual([]);
});
