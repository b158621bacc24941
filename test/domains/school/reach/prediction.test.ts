import { afterAll, beforeAll, expect, test } from 'bun:test';
import { addHabits } from '../../../tracking/prediction/planning.ts';
import { grace, joseph, ruth, type School, startSchool } from '../support.ts';

let school: School;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  school = opened.use(await startSchool({ PREDICTION_WAIT_HOURS: '6' }));
});
afterAll(() => opened.disposeAsync());

test('an administrator sees the weights of the priority score with their meaning, and nobody else does', async () => {
  const path = '/prediction';
  expect((await school.call(grace, 'GET', path)).body).toEqual({
    success: true,
    data: { waitHours: 6, learnedUntil: null, learned: 0, weights: [] },
  });
  await school.database.query(
    `insert into realtime_predictions (name, learned_until, learned, weights) values ('reads', '2026-03-02T09:00:00Z', 12, $1)`,
    [
      JSON.stringify({
        priority: { weight: 0.5, squares: 1 },
        'type:user_login': { weight: -2, squares: 1 },
      }),
    ],
  );
  expect((await school.call(grace, 'GET', path)).body).toEqual({
    success: true,
    data: {
      waitHours: 6,
      learnedUntil: '2026-03-02T09:00:00.000Z',
      learned: 12,
      weights: [
        { feature: 'type:user_login', meaning: 'it is of this type', weight: -2 },
        { feature: 'priority', meaning: 'its priority: low is 0, critical is 1', weight: 0.5 },
      ],
    },
  });
  expect((await school.call(ruth, 'GET', path)).status).toBe(403);
  expect((await school.call(ruth, 'GET', `${path}/people/${joseph.userId}?method=fcm`)).status).toBe(403);
});

test('an administrator sees when a person reads by a method, and why', async () => {
  await addHabits({ rows: (text, values) => school.database.query(text, values) }, 'fcm', 20);
  await school.database.query(
    `insert into realtime_reading_hours (user_id, method, hour_of_week, sent, read, learned_on) values ($1, 'fcm', 9, 4, 3, now())`,
    [joseph.userId],
  );
  const { body } = await school.call(
    grace,
    'GET',
    `/prediction/people/${joseph.userId}?schoolId=school-uuid&method=fcm`,
  );
  const { role, standing, hours } = (body as { data: { role: string; standing: number; hours: Hour[] } })
    .data;
  expect(role).toBe('parent');
  expect(standing).toBeGreaterThan(1.5);
  expect(hours).toHaveLength(168);
  const [quiet, own, good] = [hours[8], hours[9], hours[20]];
  expect(own).toMatchObject({ hour: 9, sent: 4, read: 3 });
  expect(own?.chance).toBeGreaterThan(quiet?.chance ?? 1);
  expect(good?.expectedHours).toBeLessThan(2);
  expect(quiet?.expectedHours).toBeGreaterThan(10);
});

interface Hour {
  readonly chance: number;
  readonly expectedHours: number;
}
