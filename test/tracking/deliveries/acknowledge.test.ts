import { afterAll, beforeAll, expect, test } from 'bun:test';
import { servicePrincipal } from '../../../src/realtime/principal.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { sendDue } from '../../../src/tracking/deliveries/send-due.ts';
import { cancelEvent, expireDue, failDeliveries } from '../../../src/tracking/deliveries/settle.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { publishWithPrincipal } from '../../../src/tracking/principal.ts';
import type { AcknowledgementKind, DeliveryStatus } from '../../../src/tracking/statuses.ts';
import { nowOf } from '../../../src/tracking/tracking.ts';
import { fc } from '../../support/property.ts';
import { codeOf, greenfield, joseph, mary, ruth, type Subject, startTracking } from '../support.ts';

let subject: Subject;
beforeAll(async () => {
  subject = await startTracking();
});
afterAll(() => subject[Symbol.asyncDispose]());

const create = (input: object = {}) =>
  createEvent(subject.tracking, {
    eventType: 'approval_request_pending',
    tenantId: greenfield,
    targetUserIds: [joseph.userId],
    payload: { title: 'Budget', requestedBy: 'Esther' },
    ...input,
  });
const say = (eventId: string, kind: AcknowledgementKind, deviceId?: string, who = joseph) =>
  acknowledge(subject.tracking, who, { eventId, kind, ...(deviceId !== undefined && { deviceId }) });
const fail = (eventId: string) =>
  publishWithPrincipal(subject.tracking, servicePrincipal, (tx, publish) =>
    failDeliveries(tx, publish, [{ eventId, userId: joseph.userId, error: 'gone' }], nowOf(subject.tracking)),
  );
const delivery = async (eventId: string, userId = joseph.userId) => {
  const [row] = await subject.rows(
    'select * from realtime_event_deliveries where event_id = $1 and user_id = $2',
    [eventId, userId],
  );
  return row ?? {};
};
const recount = async (userId: string) => {
  const [row] = await subject.rows(
    `select count(*)::int as count from realtime_event_deliveries
     where user_id = $1 and status in ('sent', 'delivered', 'failed') and method <> 'channel'`,
    [userId],
  );
  return row?.['count'];
};

/** Written down a second time, by hand: what becomes of a delivery in each status. */
const expected: Record<DeliveryStatus, Record<string, DeliveryStatus>> = {
  pending: { send: 'sent', fail: 'failed', expire: 'expired', cancel: 'cancelled' },
  sent: {
    delivered: 'delivered',
    read: 'read',
    acknowledged: 'acknowledged',
    fail: 'failed',
    expire: 'expired',
    cancel: 'cancelled',
  },
  delivered: {
    read: 'read',
    acknowledged: 'acknowledged',
    fail: 'failed',
    expire: 'expired',
    cancel: 'cancelled',
  },
  read: { acknowledged: 'acknowledged' },
  acknowledged: {},
  failed: { delivered: 'delivered', read: 'read', acknowledged: 'acknowledged', cancel: 'cancelled' },
  expired: {},
  cancelled: {},
};
const unread: readonly DeliveryStatus[] = ['sent', 'delivered', 'failed'];

type Step = 'send' | 'fail' | 'expire' | 'cancel' | `${AcknowledgementKind}@${string}`;

test('whatever is said in whatever order by three devices, a delivery goes as the table says', async () => {
  const devices = ['phone', 'tablet', 'desktop'];
  const said = devices.flatMap((device) =>
    (['delivered', 'read', 'acknowledged'] as const).map((kind): Step => `${kind}@${device}`),
  );
  const steps = fc.array(fc.constantFrom<Step>('send', 'fail', 'expire', 'cancel', ...said, ...said), {
    minLength: 1,
    maxLength: 12,
  });
  const seen = new Set<DeliveryStatus>();
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const { clock, tracking } = subject;
      const dueAt = clock.now() + 1_000;
      const expiresAt = dueAt + 10 * 86_400_000;
      const time = (ms: number) => new Date(ms).toISOString();
      const { eventId } = await create({ scheduledAt: time(dueAt), expiresAt: time(expiresAt) });
      let status: DeliveryStatus = 'pending';
      let eventOver = false;
      const acks: Record<string, Record<string, string>> = {};
      for (const step of sequence) {
        const [word = '', device = ''] = step.split('@');
        const isOver = status === 'expired' || status === 'cancelled';
        if (step === 'send') {
          if (clock.now() < dueAt) clock.advance(dueAt - clock.now());
          await sendDue(tracking, { eventId });
          if (eventOver) continue;
        } else if (step === 'fail') {
          await fail(eventId);
        } else if (step === 'expire') {
          if (clock.now() < expiresAt) clock.advance(expiresAt - clock.now());
          await expireDue(tracking);
          if (eventOver) continue;
          eventOver = true;
        } else if (step === 'cancel') {
          const code = await codeOf(cancelEvent(tracking, servicePrincipal, eventId));
          expect(code).toBe(eventOver ? 'conflict' : 'nothing');
          if (eventOver) continue;
          eventOver = true;
        } else if (status === 'pending') {
          expect(await codeOf(say(eventId, word as AcknowledgementKind, device))).toBe('not_found');
          continue;
        } else {
          const news = !isOver && acks[device]?.[word] === undefined;
          if (news) acks[device] = { ...acks[device], [word]: nowOf(tracking) };
          const answer = await say(eventId, word as AcknowledgementKind, device);
          const next: DeliveryStatus = expected[status][word] ?? status;
          expect(answer).toMatchObject({ status: next, changed: news || next !== status });
        }
        status = expected[status][word] ?? status;
        seen.add(status);
        const row = await delivery(eventId);
        expect({ step, status: row['status'], acks: row['device_acks'] }).toEqual({ step, status, acks });
      }
      // Over for good, so that the next sequence counts its own.
      await subject.rows(`update realtime_events set status = 'cancelled' where id = $1`, [eventId]);
      const [counter] = await subject.rows('select count from realtime_unread_counts where user_id = $1', [
        joseph.userId,
      ]);
      expect(counter?.['count'] ?? 0).toBe((await recount(joseph.userId)) as number);
      if (unread.includes(status)) expect(await recount(joseph.userId)).toBeGreaterThan(0);
    }),
    { numRuns: 80 },
  );
  expect(seen.size).toBe(7);
}, 120_000);

test('a late “delivered” changes nothing for the person and is remembered of the device', async () => {
  const { eventId } = await create();
  await say(eventId, 'read', 'phone');
  const before = await delivery(eventId);
  subject.clock.advance(5_000);
  const late = await say(eventId, 'delivered', 'tablet');
  expect(late).toMatchObject({ status: 'read', changed: true });
  const after = await delivery(eventId);
  expect({ ...after, device_acks: 0 }).toEqual({ ...before, device_acks: 0 });
  expect(Object.keys(after['device_acks'] as object).sort()).toEqual(['phone', 'tablet']);
  expect(await say(eventId, 'delivered', 'tablet')).toMatchObject({ status: 'read', changed: false });
});

test('one update wins when two devices say the same at once, and the counter goes down once', async () => {
  const { eventId } = await create();
  const before = await recount(joseph.userId);
  const said = ['phone', 'tablet', 'desktop'].flatMap((device) => [
    say(eventId, 'read', device),
    say(eventId, 'delivered', device),
    say(eventId, 'acknowledged'),
  ]);
  await Promise.all(said);
  expect(await delivery(eventId)).toMatchObject({ status: 'acknowledged' });
  expect(await recount(joseph.userId)).toBe((before as number) - 1);
  const [counter] = await subject.rows('select count from realtime_unread_counts where user_id = $1', [
    joseph.userId,
  ]);
  expect(counter?.['count']).toBe((before as number) - 1);
});

test('nobody answers for somebody else, nor for what there is not', async () => {
  const { eventId } = await create();
  expect(await codeOf(say(eventId, 'read', undefined, mary))).toBe('not_found');
  expect(await codeOf(say(crypto.randomUUID(), 'read'))).toBe('not_found');
  expect(await delivery(eventId)).toMatchObject({ status: 'sent' });
});

test('what is awaited ends the sending again: a device, each device, or the person', async () => {
  const { rows } = subject;
  for (const device of ['phone', 'tablet']) {
    await rows(
      `insert into websocket_connections (id, user_id, role, transport, device_id, process_id, connected_at, last_seen_at, receives_events)
       values ($1, $2, 'parent', 'websocket', $1, 'p', now(), now(), true)`,
      [device, joseph.userId],
    );
  }
  const waits = async (eventId: string) => (await delivery(eventId))['next_attempt_at'] !== null;
  const each = await create({ eventType: 'system_maintenance' });
  await say(each.eventId, 'acknowledged', 'phone');
  expect(await waits(each.eventId)).toBe(true);
  await say(each.eventId, 'delivered', 'tablet');
  expect(await waits(each.eventId)).toBe(false);

  const any = await create({ eventType: 'payment_received' });
  expect(await waits(any.eventId)).toBe(true);
  await say(any.eventId, 'delivered', 'phone');
  expect(await waits(any.eventId)).toBe(false);

  const human = await create();
  await say(human.eventId, 'delivered', 'phone');
  await say(human.eventId, 'read', 'phone');
  expect(await waits(human.eventId)).toBe(true);
  await say(human.eventId, 'acknowledged');
  expect(await waits(human.eventId)).toBe(false);
});

test('a hostile number of devices is forgotten and the delivery still goes on', async () => {
  const { eventId } = await create();
  for (let n = 0; n < 30; n++) await say(eventId, 'delivered', `device-${n}`);
  const row = await delivery(eventId);
  expect(Object.keys(row['device_acks'] as object)).toHaveLength(20);
  expect(await say(eventId, 'acknowledged', 'device-29')).toMatchObject({ status: 'acknowledged' });
});

test('people who speak at the same moment share a statement, and each gets an answer of their own', async () => {
  const { eventId } = await create({ tenantId: undefined, targetUserIds: [joseph.userId, mary.userId] });
  const before = await subject.told(joseph.userId);
  await say(eventId, 'delivered', 'phone');
  subject.statements();
  const answers = await Promise.all([
    say(eventId, 'read', 'phone'),
    say(eventId, 'read', 'phone', mary),
    codeOf(say(eventId, 'read', 'phone', ruth)),
  ]);
  // The claim of a stranger is looked for among the announcements too.
  expect(subject.statements()).toBeLessThan(1 + 10);
  expect(answers).toMatchObject([{ status: 'read', changed: true }, { status: 'read' }, 'not_found']);
  const told = (await subject.told(joseph.userId)).slice(before.length);
  expect(told.map(({ type }) => type)).toEqual(['unread_count', 'event_status']);
  const [joined] = answers;
  expect(joined.position).toBe(`${told[1]?.epoch}:${told[1]?.offset}`);
  expect(JSON.parse(told[0]?.data ?? '')).toEqual(joined.unread);
});

test('fifty people are one statement, and words on one delivery take turns', async () => {
  const both = [joseph, mary];
  const events = await Promise.all(
    Array.from({ length: 25 }, () =>
      create({ tenantId: undefined, targetUserIds: both.map((each) => each.userId) }),
    ),
  );
  subject.statements();
  await Promise.all(events.flatMap(({ eventId }) => both.map((who) => say(eventId, 'read', 'phone', who))));
  expect(subject.statements()).toBe(1);
  const [one] = events;
  const eventId = one?.eventId ?? '';
  const words = await Promise.all(['a', 'b', 'c'].map((device) => say(eventId, 'acknowledged', device)));
  expect(subject.statements()).toBe(3);
  expect(words.map(({ changed }) => changed)).toEqual([true, true, true]);
  expect(Object.keys((await delivery(eventId))['device_acks'] as object)).toEqual(['a', 'b', 'c', 'phone']);
  for (const { userId } of both) {
    const [row] = await subject.rows('select count from realtime_unread_counts where user_id = $1', [userId]);
    expect(row?.['count']).toBe((await recount(userId)) as number);
  }
});
