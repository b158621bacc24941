import type { PredictionSettings, ReachHours } from '../../../src/extension/delivery-settings.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { saveContact } from '../../../src/tracking/methods/contacts.ts';
import { createEmail } from '../../../src/tracking/methods/email/email.ts';
import { saveDevice } from '../../../src/tracking/methods/fcm/devices.ts';
import { createFcm } from '../../../src/tracking/methods/fcm/fcm.ts';
import { createHttpSms } from '../../../src/tracking/methods/sms/http-provider.ts';
import { createSms } from '../../../src/tracking/methods/sms/sms.ts';
import type { NewEvent } from '../../../src/tracking/model.ts';
import type { Escalation } from '../../../src/tracking/statuses.ts';
import { startTrackingWorker } from '../../../src/tracking/worker.ts';
import { until } from '../../support/until.ts';
import { startSmtp } from '../methods/email/smtp-server.ts';
import { account, startFcm } from '../methods/fcm/fcm-server.ts';
import { smsAccount, startSmsServer } from '../methods/sms/sms-server.ts';
import { connectPeople, greenfield, joseph, startTracking } from '../support.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const phone = '+254722000001';

/** Five minutes by socket, fifteen more by push, then SMS from `high` on. */
export const rules: Escalation = {
  fcm: { afterMs: 5 * minute },
  sms: { afterMs: 15 * minute, fromPriority: 'high' },
};

/** Tracked events whose type escalates, a receiver of each protocol, and Joseph, who has a phone of each kind. */
export async function startReach({
  methods = '{websocket,fcm,sms}',
  escalation = rules,
  hours = {} as Partial<ReachHours>,
  prediction = undefined as PredictionSettings | undefined,
  at = '',
} = {}) {
  await using opened = new AsyncDisposableStack();
  const subject = opened.use(
    await startTracking({ methods: ['websocket', 'fcm', 'web-push', 'sms', 'email', 'webhook'] }),
  );
  const { tracking, clock, rows, url } = subject;
  if (at !== '') clock.step(Date.parse(at) - clock.now());
  const fcm = opened.use(startFcm({ now: () => new Date(clock.now()) }));
  const sms = opened.use(startSmsServer());
  const smtp = opened.use(await startSmtp());
  await rows(
    `update realtime_event_types set methods = $1, escalation = $2, max_attempts = 3, retry_interval_ms = ${minute}, acknowledgement = 'none'
     where name = 'payment_received'`,
    [methods, JSON.stringify(escalation)],
  );
  const addJoseph = async () => {
    await saveDevice(tracking, joseph, { token: 'joseph:registration-token', platform: 'android' });
    await saveContact(tracking, joseph.userId, { phone, email: 'joseph@home.example' });
    await connectPeople(subject, joseph.userId);
  };
  const ways = [
    createFcm({ tracking, account, allowPrivate: true, addresses: fcm.addresses }),
    createSms({
      tracking,
      provider: createHttpSms({ ...smsAccount, url: sms.url, allowPrivate: true }),
      limits: { perPerson: 1_000, perDay: 100_000 },
      maxSegments: 3,
    }),
    createEmail({ tracking, url: smtp.url, from: 'school@greenfield.example', allowPrivate: true }),
  ];
  const owned = opened.move();
  const delivery = async (eventId: string) =>
    (await rows('select * from realtime_event_deliveries where event_id = $1', [eventId]))[0] ?? {};
  return {
    ...subject,
    fcm,
    sms,
    smtp,
    ways,
    addJoseph,
    startWorker: () =>
      startTrackingWorker({
        tracking,
        methods: ways,
        listenUrl: url,
        random: () => 0,
        ...(prediction && { prediction }),
        hours: { timeZone: 'UTC', digestMinute: 7 * 60, ...hours },
      }),
    create: async (more: Partial<NewEvent> = {}) => {
      const input = {
        eventType: 'payment_received',
        tenantId: greenfield,
        targetUserIds: [joseph.userId],
        priority: 'high' as const,
      };
      return (await createEvent(tracking, { title: 'Fees', message: 'Due tomorrow', ...input, ...more }))
        .eventId;
    },
    delivery,
    /** Waits until the delivery of the event says all of `expected`. */
    expectDelivery: async (eventId: string, expected: object) => {
      let row: object = {};
      await until(async () => {
        row = await delivery(eventId);
        return Bun.deepMatch(expected, row);
      }).catch((error) => {
        throw new Error(`${error.message}: ${JSON.stringify(row)}`);
      });
    },
    /** The number of messages that left, by method. */
    sent: () => ({ fcm: fcm.messages.length, sms: sms.sent.length, email: smtp.received() }),
    /** Times are those of {@link Subject.rows}. */
    instant: (ms: number) => new Date(clock.now() + ms).toISOString(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export type Reach = Awaited<ReturnType<typeof startReach>>;
