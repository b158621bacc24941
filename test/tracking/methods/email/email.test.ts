import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import type { EventData } from '../../../../src/extension/delivery-method.ts';
import { readAttempts } from '../../../../src/tracking/deliveries/attempts.ts';
import { createEvent } from '../../../../src/tracking/events/create-event.ts';
import { Contact, saveContact } from '../../../../src/tracking/methods/contacts.ts';
import { createEmail } from '../../../../src/tracking/methods/email/email.ts';
import { startTrackingWorker } from '../../../../src/tracking/worker.ts';
import { until } from '../../../support/until.ts';
import { greenfield, joseph, mary, type Subject, startTracking } from '../../support.ts';
import { outgoingDelivery } from '../receivers.ts';
import { silence, startSmtp } from './smtp-server.ts';

const from = 'Greenfield <school@greenfield.example>';
let subject: Subject;
let server: Awaited<ReturnType<typeof startSmtp>>;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  subject = opened.use(await startTracking());
  server = opened.use(await startSmtp());
  await saveContact(subject.tracking, joseph.userId, { email: 'joseph@home.example' });
});
afterEach(() => server.answer());
afterAll(() => opened.disposeAsync());

const create = (more: Partial<Parameters<typeof createEmail>[0]> = {}) =>
  createEmail({ tracking: subject.tracking, url: server.url, from, allowPrivate: true, ...more });
const send = (event: Partial<EventData> = {}, method = create(), signal = AbortSignal.timeout(10_000)) =>
  method.send(outgoingDelivery(event), signal);

test('an event arrives as plain text in the mailbox of the person, under the same id at each attempt', async () => {
  const event = { title: 'Gebühr: 5 €', message: 'Straße 🎉', actionUrl: 'https://school.example/p/1' };
  const outcome = await send(event);
  const mail = await server.next();
  expect(mail).toMatchObject({
    from: 'school@greenfield.example',
    to: 'joseph@home.example',
    headers: {
      from,
      to: 'joseph@home.example',
      subject: 'Gebühr: 5 €',
      'auto-submitted': 'auto-generated',
      'x-priority': '1 (Highest)',
      'content-type': 'text/plain; charset=utf-8',
    },
  });
  expect(mail.text.trimEnd()).toBe('Straße 🎉\n\nhttps://school.example/p/1');
  expect(outcome).toEqual({ kind: 'taken', providerId: mail.headers['message-id'] ?? '' });
  expect(mail.headers['message-id']).toMatch(/^<[\w-]{32}@greenfield\.example>$/);
  await send({ ...event, priority: 'low' });
  const again = await server.next();
  expect(again.headers['message-id']).toBe(mail.headers['message-id'] ?? '');
  expect(again.headers['x-priority']).toBeUndefined();
});

test('a title adds no header, and a person without an address is passed on', async () => {
  await send({ title: 'Hello\r\nBcc: all@school.example' });
  const { headers } = await server.next();
  expect([headers['bcc'], headers['subject']]).toEqual([undefined, 'Hello Bcc: all@school.example']);
  const toMary = { ...outgoingDelivery(), userId: mary.userId };
  expect(await create().send(toMary, AbortSignal.timeout(10_000))).toEqual({
    kind: 'never',
    error: 'no e-mail address of theirs is known',
  });
});

test('a mailbox that does not exist is final, a full one and a server in trouble are tried again', async () => {
  const answers = [
    ['rcpt', '550 5.1.1 unknown', { kind: 'never', error: 'EENVELOPE, answered 550' }],
    ['rcpt', '452 4.2.2 full', { kind: 'later', error: 'EENVELOPE, answered 452' }],
    ['mail', '421 4.3.0 away', { kind: 'later', error: 'EENVELOPE, answered 421' }],
    ['data', '554 5.6.0 no', { kind: 'never', error: 'EENVELOPE, answered 554' }],
  ] as const;
  for (const [at, line, outcome] of answers) {
    server.answer((step) => (step === at ? line : undefined));
    expect({ line, outcome: await send() }).toEqual({ line, outcome });
  }
  server.answer();
  const wrong = server.url.replace('secret', 'guess');
  expect(await send({}, create({ url: wrong }))).toEqual({ kind: 'later', error: 'EAUTH, answered 535' });
  const gone = await startSmtp();
  await gone[Symbol.asyncDispose]();
  expect(await send({}, create({ url: gone.url }))).toMatchObject({ kind: 'later' });
});

test('a server that offers no TLS is told nothing, and one that never answers takes no longer than allowed', async () => {
  const before = server.received();
  expect(await send({}, create({ allowPrivate: false }))).toMatchObject({ kind: 'later' });
  server.answer((step) => (step === 'rcpt' ? silence : undefined));
  const ended = await send({}, create(), AbortSignal.timeout(200)).then(
    () => 'answered',
    () => 'gave up',
  );
  expect(ended).toBe('gave up');
  expect(server.received()).toBe(before);
});

test('an outage is repeated, and the event arrives once', async () => {
  await subject.rows(
    `update realtime_event_types set methods = '{email}', escalation = null, max_attempts = 3, retry_interval_ms = 60000 where name = 'payment_received'`,
  );
  const { tracking, url, clock } = subject;
  await using _worker = startTrackingWorker({
    tracking,
    methods: [create()],
    listenUrl: url,
    random: () => 0,
  });
  server.answer((step) => (step === 'rcpt' ? '451 4.3.0 later' : undefined));
  const input = { eventType: 'payment_received', tenantId: greenfield, targetUserIds: [joseph.userId] };
  const before = server.received();
  const { eventId } = await createEvent(tracking, input);
  const attempts = () => readAttempts(tracking, joseph, eventId);
  await until(async () => (await attempts())[0]?.outcome === 'later');
  server.answer();
  clock.advance(60_000);
  await until(async () => (await attempts())[1]?.outcome === 'taken');
  expect(server.received()).toBe(before + 1);
});

test('an address is an address alone', () => {
  const isGood = (email: string | null) => Value.Check(Contact, { email });
  const good = ['a@b.example', 'first.last+tag@mail.school.ac.ke', null];
  const bad = [
    'a',
    'a@',
    '@b',
    'a b@c.example',
    'a@b,c@d',
    'A <a@b.example>',
    'a@b\r\nRCPT TO:<x@y>',
    '"a"@b.example',
  ];
  expect(good.filter((email) => !isGood(email))).toEqual([]);
  expect(bad.filter(isGood)).toEqual([]);
});
