import { type Static, Type } from '@sinclair/typebox';
import { AppError } from '../../../errors.ts';
import { Nullable } from '../../../protocol/nullable.ts';
import { described } from '../../../protocol/schemas/described.ts';
import {
  earliestInstant,
  formatInstantParameter,
  InstantParameter,
} from '../../../protocol/schemas/instant.ts';

const Count = Type.Integer({ minimum: 0 });
const Counts = Type.Record(Type.String(), Type.Number());
const Rate = Nullable(Type.Number({ minimum: 0, maximum: 1 }));
const Milliseconds = Type.Object({
  p50: Type.Number(),
  p95: Type.Number(),
  p99: Type.Number(),
  max: Type.Number(),
});
const Latency = Nullable(Milliseconds);

export const PeriodQuery = Type.Object({
  from: Type.Optional(InstantParameter({ description: 'a day before `to` when left out' })),
  to: Type.Optional(InstantParameter({ description: 'now when left out; not in the period itself' })),
});

export const Statistics = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({
    deliveries: Count,
    byStatus: Counts,
    byPriority: Counts,
    deliveryRate: Rate,
    acknowledgementRate: Rate,
    failureRate: Rate,
    createdToSent: Latency,
    sentToDelivered: Latency,
    sentToAcknowledged: Latency,
    methods: Type.Record(
      Type.String(),
      Type.Object({
        attempts: Count,
        taken: described(Count, 'by the provider'),
        delivered: described(Count, 'as the provider reports'),
        failed: described(Count, 'as the provider reports, after it had taken it'),
        segments: Count,
        cost: Type.Number({ minimum: 0 }),
      }),
      { description: 'attempts by other methods than `websocket`' },
    ),
    escalated: described(Count, 'went on to another method because they were not read'),
    spared: described(Counts, 'by method, read before it had its turn'),
    currency: Type.Union([Type.String(), Type.Null()], { description: 'of the cost' }),
    peakUsers: Count,
  }),
});

export const SystemMetrics = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({
    counters: Counts,
    peaks: Counts,
    distributions: Type.Record(Type.String(), Type.Object({ ...Milliseconds.properties, count: Count })),
  }),
});

export const Recorded = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({
    accepted: Count,
    dropped: Count,
    recording: Type.Boolean({
      description:
        'false: send no more. The deployment stores no activity, or the browser asks for none (`Sec-GPC: 1`)',
    }),
  }),
});

/**
 * Returns the period that is asked for; the last day, where it is not. Throws `validation_failed` for one that ends
 * before it begins.
 */
export function periodOf({ from, to }: Static<typeof PeriodQuery>, now: number) {
  const end = to === undefined ? new Date(now).toISOString() : formatInstantParameter(to);
  const dayBefore = Math.max(Date.parse(end) - 86_400_000, earliestInstant);
  const begin = from === undefined ? new Date(dayBefore).toISOString() : formatInstantParameter(from);
  if (Date.parse(begin) > Date.parse(end)) {
    throw new AppError(
      'validation_failed',
      `The period ends before it begins: \`from\` is ${begin}, \`to\` is ${end}.`,
    );
  }
  return { from: begin, to: end };
}
