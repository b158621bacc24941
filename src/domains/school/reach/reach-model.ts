import { type TUnsafe, Type } from '@sinclair/typebox';
import { Nullable } from '../../../protocol/nullable.ts';
import { Text } from '../../../protocol/schemas/text.ts';
import { PushSubscription } from '../../../tracking/methods/web-push/push-subscriptions.ts';
import { Preference } from '../../../tracking/preferences/preferences.ts';
import { attemptOutcomes, providerReports } from '../../../tracking/statuses.ts';
import { Id } from '../model.ts';

/** A word of a closed set, or null. A union inside a union is no schema that OpenAPI's readers take. */
const wordOrNull = <const Word extends string>(words: readonly Word[], description: string) =>
  Type.Union([...words.map((word) => Type.Literal(word)), Type.Null()], {
    description,
  }) as unknown as TUnsafe<Word | null>;
const Instant = Type.String({ description: 'ISO 8601, UTC' });

export const Done = Type.Object({ success: Type.Literal(true) });

export const PushKey = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({ publicKey: Nullable(Type.String()) }),
});

/** The address of a browser, or all that it has of its subscription. */
export const PushEndpoint = Type.Object({
  endpoint: Text(2_000),
  ...Type.Partial(Type.Omit(PushSubscription, ['endpoint'])).properties,
});

const TimeOfDay = Type.String({ description: 'such as 21:30, by the clock of the person' });

export const Preferences = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({
    timeZone: Type.String(),
    quietHours: Nullable(Type.Object({ from: TimeOfDay, to: TimeOfDay })),
    digestAt: TimeOfDay,
    phone: Nullable(Type.String()),
    email: Nullable(Type.String()),
    methods: Type.Array(Type.String(), { description: 'that this deployment has' }),
    choices: Type.Array(Preference),
  }),
});

export const AttemptQuery = Type.Object({ userId: Type.Optional(Id) });

export const Attempts = Type.Object({
  data: Type.Array(
    Type.Object({
      userId: Type.String(),
      method: Type.String(),
      attempt: Type.Integer({ description: 'by this method, from 1' }),
      startedAt: Instant,
      endedAt: Nullable(Instant),
      outcome: wordOrNull(attemptOutcomes, 'null while it is under way, and where its process died'),
      error: Nullable(Type.String()),
      providerId: Nullable(Type.String({ description: 'the id under which the provider knows the message' })),
      report: wordOrNull(providerReports, 'what the provider said later'),
      reportedAt: Nullable(Instant),
      segments: Nullable(Type.Integer()),
      cost: Nullable(Type.Number()),
    }),
    { description: 'the latest 200 in the order of time' },
  ),
});
