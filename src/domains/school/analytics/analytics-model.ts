import { type Static, Type } from '@sinclair/typebox';
import { described } from '../../../protocol/schemas/described.ts';
import { InstantParameter } from '../../../protocol/schemas/instant.ts';
import { Id, oneOf } from '../model.ts';
import { factKinds } from './facts.ts';

const Count = Type.Number({ minimum: 0 });
const Mean = (description: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
    description: `${description}; null where there is none`,
  });

export const AnalyticsQuery = Type.Object({
  from: Type.Optional(InstantParameter({ description: '28 days before `to` when left out' })),
  to: Type.Optional(InstantParameter({ description: 'now when left out; not in the period itself' })),
  schoolId: Type.Optional(described(Id, 'one school; all that the caller leads when left out')),
});
export type AnalyticsQuery = Static<typeof AnalyticsQuery>;

export const ExportQuery = Type.Object({ ...AnalyticsQuery.properties, of: oneOf(factKinds) });
export type ExportQuery = Static<typeof ExportQuery>;

/** The sums of `school.delivery_facts`. */
export const Funnel = Type.Object({
  recipients: Count,
  sent: described(Count, 'handed to a method'),
  delivered: described(Count, 'acknowledged by a device, or read'),
  read: Count,
  acknowledged: Count,
  failed: Count,
  expired: Count,
  escalated: described(Count, 'went on to another method because they were not read'),
  meanSecondsToRead: Mean('from sending to reading'),
});
export type Funnel = Static<typeof Funnel>;

const Named = Type.Object({ name: Type.String(), ...Funnel.properties });
const most = (what: string) =>
  Type.Array(Named, { description: `${what}, at most 100, those with most recipients first` });

export const Analytics = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({
    timeZone: Type.String({ description: 'of days and hours' }),
    funnel: Funnel,
    bySchool: most('by the id of the school'),
    byRole: most('by the role of the recipient'),
    byType: most('by the type of the event'),
    byMethod: most('by the method that has it now'),
    byHour: Type.Array(Named, { description: 'by the hour of the day, 0 to 23, those with any' }),
    sessions: Type.Object({
      sessions: Count,
      meanSeconds: Mean('of sessions that ended'),
      medianSeconds: Mean('of sessions that ended, of people who were not forgotten'),
    }),
    days: Type.Array(Type.Object({ day: Type.String(), people: Count }), {
      description: 'people who were active on each day',
    }),
    weeks: Type.Array(Type.Object({ week: Type.String({ description: 'its Monday' }), people: Count })),
    pages: Type.Array(
      Type.Object({
        page: Type.String(),
        views: Count,
        clicks: Count,
        interactions: Count,
        seconds: Count,
      }),
      { description: 'at most 50, those with most views first' },
    ),
  }),
});
export type Analytics = Static<typeof Analytics>['data'];
