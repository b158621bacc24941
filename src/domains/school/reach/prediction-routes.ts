import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import type { DomainContext } from '../../../extension/domain.ts';
import { Nullable } from '../../../protocol/nullable.ts';
import { described } from '../../../protocol/schemas/described.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import { Word } from '../../../protocol/schemas/text.ts';
import { readPrediction, readReadingTimes } from '../../../tracking/prediction/explain.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { Id } from '../model.ts';
import { administrators, demandSchools } from '../permissions.ts';

const callFailures = { 401: Problem, 403: Problem, 503: Problem };
const Count = Type.Number({ minimum: 0 });
const Chance = Type.Number({ minimum: 0, maximum: 1 });

const Prediction = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({
    waitHours: described(Nullable(Count), 'the longest wait; null: nothing waits, and nothing is learned'),
    learnedUntil: described(Nullable(Type.String()), 'attempts that began until then were learned from'),
    learned: described(Count, 'messages'),
    weights: Type.Array(
      Type.Object({ feature: Type.String(), meaning: Type.String(), weight: Type.Number() }),
      { description: 'of the priority score, the largest first' },
    ),
  }),
});

const ReadingTimes = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({
    role: described(Type.String(), 'that the person is compared with'),
    standing: described(Count, 'the factor by which they read more within the hour than the role'),
    hours: Type.Array(
      Type.Object({
        hour: described(
          Type.Integer({ minimum: 0, maximum: 167 }),
          'from Monday 00:00 by the clock of the person',
        ),
        sent: described(Count, 'messages to the person; old ones count less'),
        read: described(Count, 'of these, within the hour'),
        chance: described(Chance, 'to read within the hour what is sent in this one'),
        lateHours: described(Count, 'until a message is read that is not read within the hour'),
        expectedHours: described(Count, 'until a message is read'),
      }),
    ),
  }),
});

interface Predicting extends Pick<DomainContext, 'delivery'> {
  readonly tracking: Tracking;
}

/**
 * The routes by which administrators see what the prediction of reading times has learned: from all schools, so that
 * credentials which name schools are refused.
 */
export function predictionRoutes(auth: AuthPlugin, { tracking, delivery }: Predicting) {
  return new Elysia({ name: 'school-prediction', prefix: '/api/v1/realtime/prediction', tags: ['school'] })
    .use(auth)
    .get(
      '',
      async ({ principal }) => {
        demandSchools(principal);
        const learned = await readPrediction(tracking);
        return { success: true as const, data: spread(learned, delivery.prediction?.waitHours ?? null) };
      },
      {
        allow: administrators,
        response: { 200: Prediction, ...callFailures },
        detail: { summary: 'The weights of the priority score, and how far reads were learned from' },
      },
    )
    .get(
      '/people/:userId',
      async ({ params: { userId }, query: { schoolId: tenantId = '', method }, principal }) => {
        demandSchools(principal);
        const { hours, ...person } = await readReadingTimes(tracking, { userId, tenantId, method });
        return { success: true as const, data: { ...person, hours: [...hours] } };
      },
      {
        allow: administrators,
        params: t.Object({ userId: Id }),
        query: t.Object({
          schoolId: t.Optional(Id),
          method: Word(50, '^[a-z][a-z0-9-]{0,49}$', { description: 'such as fcm' }),
        }),
        response: { 200: ReadingTimes, ...callFailures, 422: Problem },
        detail: { summary: 'When a person reads, by hour of the week and method, with what was counted' },
      },
    );
}

const spread = (
  { weights, ...learned }: Awaited<ReturnType<typeof readPrediction>>,
  waitHours: number | null,
) => ({
  ...learned,
  waitHours,
  weights: [...weights],
});
