import { Type } from '@sinclair/typebox';
import { Text } from '../../../protocol/schemas/text.ts';
import { PushSubscription } from '../../../tracking/methods/web-push/push-subscriptions.ts';
import { attemptOutcomes, providerReports } from '../../../tracking/statuses.ts';
import { Id, oneOf } from '../model.ts';

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const Instant = Type.String({ description: 'ISO 8601, UTC' });

export const Done = Type.Object({ success: Type.Literal(true) });

export const PushKey = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({ publicKey: orNull(Type.String()) }),
});

/** The address of a browser, or all that it has of its subscription. */
export const PushEndpoint = Type.Object({
  endpoint: Text(2_000),
  ...Type.Partial(Type.Omit(PushSubscription, ['endpoint'])).properties,
});

export const AttemptQuery = Type.Object({ userId: Type.Optional(Id) });

export const Attempts = Type.Object({
  data: Type.Array(
    Type.Object({
      userId: Type.String(),
      method: Type.String(),
      attempt: Type.Integer({ description: 'by this method, from 1' }),
      startedAt: Instant,
      endedAt: orNull(Instant),
      outcome: Type.Union([oneOf(attemptOutcomes), Type.Null()], {
        description: 'null while it is under way, and where its process died',
      }),
      error: orNull(Type.String()),
      providerId: orNull(Type.String({ description: 'the id under which the provider knows the message' })),
      report: Type.Union([oneOf(providerReports), Type.Null()], {
        description: 'what the provider said later',
      }),
      reportedAt: orNull(Instant),
      segments: orNull(Type.Integer()),
      cost: orNull(Type.Number()),
    }),
    { description: 'the latest 200 in the order of time' },
  ),
});
