import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { systemClock } from '../../../src/lib/clock.ts';
import { leaseMs } from '../../../src/tracking/deliveries/outgoing.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { createWebhook } from '../../../src/tracking/methods/webhook.ts';
import { startTrackingWorker } from '../../../src/tracking/worker.ts';
import { createInbox } from '../../support/clients/inbox.ts';
import { until } from '../../support/until.ts';
import { type Receiver, startReceiver, webhookSecret } from '../methods/receivers.ts';
import { connectPeople, greenfield, joseph, type Subject, startTracking } from '../support.ts';

let subject: Subject;
beforeAll(async () => {
  subject = await startTracking();
  await subject.rows(
    `update realtime_event_types set methods = '{webhook}', escalation = null where name = 'payment_received'`,
  );
});
afterAll(() => subject[Symbol.asyncDispose]());

/** A worker in a process of its own, which stops for good at a step. */
function startWorkerAt(step: string, receiver: Receiver) {
  const script = join(import.meta.dir, 'worker-process.ts');
  const child = Bun.spawn([process.execPath, script, subject.url, receiver.url, step], {
    stdin: 'ignore',
    stdout: 'pipe',
  });
  const lines = createInbox<string>('worker process');
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      for (const line of text.split('\n')) if (line !== '') lines.push(line);
    }
    lines.end('the process ended');
  })();
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
    await reading;
  };
  return {
    reached: (name: string) => lines.next((line) => line === name, `line ${name}`, 10_000),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** Written in a transaction, so that a worker sends it and not who wrote it. */
async function write(eventType: string, targetUserIds: readonly string[] = [joseph.userId]): Promise<string> {
  return subject.database.transaction(async (tx) => {
    const input = { eventType, tenantId: greenfield, targetUserIds: [...targetUserIds] };
    return (await createEvent(subject.tracking, input, { tx })).eventId;
  });
}

/** Takes over when the leases of the dead have ended. */
function startHeir(receiver: Receiver) {
  const clock = { ...systemClock, now: () => Date.now() + leaseMs };
  return startTrackingWorker({
    tracking: { ...subject.tracking, clock },
    methods: [createWebhook({ url: receiver.url, secret: webhookSecret, allowPrivate: true, clock })],
    listenUrl: subject.url,
    random: () => 0,
  });
}

const delivery = async (eventId: string) =>
  (await subject.rows('select * from realtime_event_deliveries where event_id = $1', [eventId]))[0] ?? {};

const publications = async (eventId: string) =>
  (await subject.told(joseph.userId)).filter(
    ({ type, data }) => type === 'realtime_event' && JSON.parse(data).id === eventId,
  ).length;

describe('a worker that is killed with -9', () => {
  // The number of times that it arrives: before it was sent, once; after that nobody can know, and it comes again under the same id.
  for (const [step, times] of [
    ['claiming', 1],
    ['sending', 1],
    ['settling', 2],
    ['settled', 2],
  ] as const) {
    test(`at the step “${step}” of a webhook leaves it to another, and it arrives`, async () => {
      await using receiver = startReceiver();
      const eventId = await write('payment_received');
      await using child = startWorkerAt(step, receiver);
      await child.reached(step);
      await child.kill();
      await using _heir = startHeir(receiver);
      await until(async () => (await delivery(eventId))['attempts'] === 1);
      expect(await delivery(eventId)).toMatchObject({ status: 'sent', method: 'webhook', last_error: null });
      const ids = receiver.all().map(({ headers }) => headers['webhook-id']);
      expect([ids.length, new Set(ids).size]).toEqual([times, 1]);
      await subject.rows('delete from realtime_events');
    });
  }

  for (const step of ['publishing', 'published']) {
    test(`at the step “${step}” of a publication neither loses nor repeats it`, async () => {
      await using receiver = startReceiver();
      const eventId = await write('fee_assignment_created');
      await using child = startWorkerAt(step, receiver);
      await child.reached(step);
      await child.kill();
      await using _heir = startHeir(receiver);
      await until(async () => (await publications(eventId)) > 0);
      const later = await write('fee_assignment_created');
      await until(async () => (await publications(later)) > 0);
      expect([await publications(eventId), await publications(later)]).toEqual([1, 1]);
      await subject.rows('delete from realtime_events');
    });
  }
});

test('three workers send each of a thousand deliveries by webhook and a thousand live ones once', async () => {
  await using receiver = startReceiver();
  await subject.rows(
    `update realtime_event_types set methods = '{webhook}', escalation = null where name = 'custom_notification'`,
  );
  const people = ['user1-uuid', 'user2-uuid', 'student-1', 'student-2', 'user-uuid'];
  await connectPeople(subject, ...people);
  await subject.database.transaction(async (tx) => {
    for (let n = 0; n < 200; n++) {
      for (const eventType of ['custom_notification', 'fee_assignment_approved']) {
        const input = { eventType, tenantId: greenfield, targetUserIds: people, payload: {} };
        await createEvent(subject.tracking, { ...input, title: 'a', message: 'b' }, { tx });
      }
    }
  });
  await using one = startWorkerAt('never', receiver);
  await using two = startWorkerAt('never', receiver);
  await using three = startWorkerAt('never', receiver);
  await Promise.all([one, two, three].map((worker) => worker.reached('started')));
  const waiting = `select from realtime_event_deliveries where next_attempt_at is not null limit 1`;
  await until(async () => (await subject.rows(waiting)).length === 0, 60_000);
  const ids = receiver.all().map(({ headers }) => headers['webhook-id']);
  expect([ids.length, new Set(ids).size]).toEqual([1_000, 1_000]);
  const published = await subject.rows(
    `select count(*)::int as count, count(distinct (channel, data ->> 'id'))::int as different
     from realtime_publications where type = 'realtime_event' and event_type = 'fee_assignment_approved'`,
  );
  expect(published).toEqual([{ count: 1_000, different: 1_000 }]);
  const counts = await subject.rows(
    `select attempts, status, count(*)::int as count from realtime_event_deliveries group by 1, 2`,
  );
  expect(counts).toEqual([{ attempts: 1, status: 'sent', count: 2_000 }]);
}, 90_000);
