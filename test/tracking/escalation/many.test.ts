import { expect, test } from 'bun:test';
import { claimOutgoing } from '../../../src/tracking/deliveries/outgoing.ts';
import { passOnDue } from '../../../src/tracking/deliveries/pass-on.ts';
import { sendDue } from '../../../src/tracking/deliveries/send-due.ts';
import { escalateDue } from '../../../src/tracking/escalation/escalate-due.ts';
import { hour, minute, startReach } from './reach.ts';

const people = 10_000;

test('ten thousand people with mixed preferences go on by whatever reaches them, in statements by the hundreds of people', async () => {
  await using reach = await startReach({ hours: { timeZone: 'UTC' } });
  const { rows, tracking, clock } = reach;
  await rows(
    `insert into school.users (id, name, role, school_id) select 'pupil-' || n, 'Pupil', 'student', 'school-uuid' from generate_series(1, $1::integer) n`,
    [people],
  );
  // Each has a phone number; every second a phone that takes pushes, every fifth turned push off and every seventh SMS.
  await rows(
    `insert into realtime_contacts (user_id, phone, updated_at) select 'pupil-' || n, '+2547' || (10000000 + n), now() from generate_series(1, $1::integer) n`,
    [people],
  );
  await rows(
    `insert into realtime_devices (token, user_id, platform, seen_at) select 'token-of-pupil-' || n, 'pupil-' || n, 'android', now() from generate_series(2, $1::integer, 2) n`,
    [people],
  );
  await rows(
    `insert into realtime_preferences (user_id, event_type, method, choice)
     select 'pupil-' || n, '*', 'fcm', 'off' from generate_series(5, $1::integer, 5) n
     union all select 'pupil-' || n, 'payment_received', 'sms', 'off' from generate_series(7, $1::integer, 7) n`,
    [people],
  );
  await rows(`delete from school.users where id not like 'pupil-%' and role = 'student'`);
  await reach.create({ targetUserIds: undefined as never, targetRoles: ['student'] });
  while ((await sendDue(tracking)) > 0);
  const available = ['websocket', 'fcm', 'sms', 'email'];
  const byMethod = async () =>
    Object.fromEntries(
      (
        await rows(
          'select method, count(*)::int as count from realtime_event_deliveries group by 1 order by 1',
        )
      ).map(({ method, count }) => [method, count]),
    );
  const takesPush = (n: number) => n % 2 === 0 && n % 5 !== 0;
  const takesSms = (n: number) => n % 7 !== 0;
  const all = Array.from({ length: people }, (_, index) => index + 1);
  const pushed = all.filter(takesPush).length;
  const texted = all.filter((n) => !takesPush(n) && takesSms(n)).length;

  reach.statements();
  let batches = 0;
  // Nobody is connected: they go on at once.
  while ((await escalateDue(tracking, available)) > 0) batches += 1;
  const statements = reach.statements();
  expect(await byMethod()).toEqual({ fcm: pushed, sms: texted, websocket: people - pushed - texted });
  expect(batches).toBe(people / 500);
  // Each batch is a transaction of one statement, and one more finds nothing left.
  expect(statements).toBeLessThanOrEqual(5 * (batches + 1));

  // In quiet hours all of them are put off, a hundred in a statement.
  const quiet = { timeZone: 'UTC', quiet: { from: 0, to: 60 }, digestMinute: 0 };
  expect(await claimOutgoing(tracking, ['fcm', 'sms'], 20, { hours: quiet })).toEqual([]);
  expect(reach.statements()).toBeLessThanOrEqual(5 * (Math.ceil((pushed + texted) / 120) + 6));
  const [waiting] = await rows(
    'select count(*)::int as count, min(next_attempt_at) as first, max(next_attempt_at) as last from realtime_event_deliveries where next_attempt_at is not null',
  );
  const end = new Date(Math.ceil((clock.now() + 1) / hour) * hour).toISOString();
  expect(waiting).toEqual({ count: pushed + texted, first: end, last: end });

  // Push was turned off meanwhile: those who take SMS go on to it.
  await rows(`insert into realtime_preferences (user_id, event_type, method, choice)
    select 'pupil-' || n, 'payment_received', 'fcm', 'off' from generate_series(2, ${people}, 2) n on conflict do nothing`);
  clock.advance(hour + minute);
  reach.statements();
  while ((await passOnDue(tracking, available)) > 0);
  expect(reach.statements()).toBeLessThanOrEqual(8 * (Math.ceil(pushed / 500) + 1) + 400);
  const failed = all.filter((n) => takesPush(n) && !takesSms(n)).length;
  expect(await byMethod()).toEqual({
    fcm: failed,
    sms: texted + pushed - failed,
    websocket: people - pushed - texted,
  });
}, 90_000);
