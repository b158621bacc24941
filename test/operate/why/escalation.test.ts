import { expect, test } from 'bun:test';
import { readEvent } from '../../../src/operate/why/event-reads.ts';
import { eventFound, judgeEvent } from '../../../src/operate/why/judge-event.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { until } from '../../support/until.ts';
import { hour, minute, type Reach, startReach } from '../../tracking/escalation/reach.ts';
import { addHabits } from '../../tracking/prediction/planning.ts';
import { joseph } from '../../tracking/support.ts';

/** A Monday, eight in the morning. */
const monday = '2026-03-02T08:00:00.000Z';

/** The verdict and the findings of *why* for Joseph. */
async function why({ database, clock }: Reach, id: string) {
  const now = new Date(clock.now()).toISOString();
  const facts = await readEvent(database, { id, userId: joseph.userId, now });
  if (!facts) throw new Error(`There is no event ${id}.`);
  return { ...judgeEvent(facts), texts: eventFound(facts).map(({ text }) => text), found: eventFound(facts) };
}

test('an event that stays unread is told with the method that has its turn, when, those that are closed and those that reading spared', async () => {
  await using reach = await startReach({ at: monday });
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const eventId = await reach.create();
  await reach.expectDelivery(eventId, { status: 'sent' });
  const fiveLater = '2026-03-02T08:05:00.000Z';
  const sent = await why(reach, eventId);
  expect(sent.found).toContainEqual({
    ...{ text: 'If it is still unread, fcm has its turn.', at: fiveLater, processId: null, sessionId: null },
  });

  reach.clock.advance(5 * minute);
  await reach.expectDelivery(eventId, { method: 'fcm', attempts: 1 });
  const pushed = await why(reach, eventId);
  expect(pushed.cause).toBe('passed_on');
  expect(pushed.answer).toBe(
    'It was passed on to fcm: attempt 1; if it is still unread at 2026-03-02T08:20:00.000Z, it goes on to sms.',
  );
  expect(pushed.texts).toContain('It went on to another method once, since it was not read.');

  await reach.rows(
    `insert into realtime_preferences (user_id, event_type, method, choice) values ($1, '*', 'sms', 'off')`,
    [joseph.userId],
  );
  const closed = await why(reach, eventId);
  expect(closed.answer).toEndWith('08:20:00.000Z, no other method reaches the person.');
  expect(closed.texts).toContain('It does not go by sms: they turned it off.');

  await reach.rows('delete from realtime_preferences');
  await acknowledge(reach.tracking, joseph, { eventId, kind: 'read' });
  const read = await why(reach, eventId);
  expect(read).toMatchObject({ cause: 'has_it' });
  expect(read.texts).toContain('Reading it made sms unnecessary.');
  expect(read.texts.filter((text) => text.startsWith('If it is still unread'))).toEqual([]);
});

test('a wait is told with its reason: the prediction, a digest, or quiet hours', async () => {
  await using reach = await startReach({
    ...{ at: monday, methods: '{fcm}', escalation: {}, prediction: { waitHours: 6 } },
    hours: { quiet: { from: 21 * 60, to: 6 * 60 } },
  });
  await reach.addJoseph();
  // Parents read at ten.
  await addHabits(reach, 'fcm', 10);
  await using _worker = reach.startWorker();
  const planned = await reach.create({ priority: 'normal' });
  await reach.expectDelivery(planned, { planned_method: 'fcm' });
  expect(await why(reach, planned)).toMatchObject({
    cause: 'waiting',
    answer:
      'It waits for fcm until 2026-03-02T10:00:00.000Z, the time that was chosen by when the person reads.',
  });

  await reach.rows(`update realtime_event_types set methods = '{email}' where name = 'payment_received'`);
  const gathered = await reach.create({ priority: 'low' });
  await reach.expectDelivery(gathered, { in_digest: true });
  expect((await why(reach, gathered)).answer).toEndWith(
    ', for a digest at the time that was chosen by when the person reads.',
  );

  reach.clock.advance(14 * hour);
  const atNight = await reach.create({ priority: 'high' });
  await until(async () => (await why(reach, atNight)).cause === 'waiting');
  expect(await why(reach, atNight)).toMatchObject({
    cause: 'waiting',
    answer: 'It waits for email until 2026-03-03T06:00:00.000Z, the end of the person’s quiet hours.',
  });
});
