import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from '../../protocol/nullable.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { answerFields, Duration, success } from '../schemas.ts';

const Count = Type.Integer();
const Counts = (description: string) => Type.Record(Type.String(), Count, { description });
const Buckets = (description: string) =>
  Type.Array(Type.Object({ le: Nullable(Type.Number()), count: Count }), {
    description: `${description}; seconds, cumulative, null for infinity: the difference of two readings is a time between them`,
  });

/** Counters and histograms since the start of a process. */
export const ProcessNumbers = Type.Object({
  publications: Count,
  deliveries: Type.Integer({ description: 'publications × sessions' }),
  gapRepairs: Count,
  recovered: Type.Integer({ description: 'subscribers that came back and received all that they missed' }),
  lost: Type.Integer({ description: 'subscribers that came back too late: they read a snapshot' }),
  relayed: Type.Integer({ description: 'rows moved from the outbox into the log' }),
  ended: Counts('sessions that the server ended, by reason'),
  refusals: Counts('errors that were sent, by code'),
  deliveryLag: Buckets('from the commit to the sockets of this process'),
  // A process of the version before has none, and is asked too while a deploy is under way.
  settleLag: Type.Optional(
    Buckets(
      'from the commit to the moment when the handlers of a client had settled it, of what clients say with their pings',
    ),
  ),
  relayLag: Buckets('waiting time in the outbox'),
  eventLoopLag: Buckets('lateness of a timer'),
});
export type ProcessNumbers = Static<typeof ProcessNumbers>;

/** A process, as it sees itself. */
export const ProcessView = Type.Object({
  ready: Type.Boolean({ description: 'a publication came the whole way through log, broker and manager' }),
  notReady: Nullable(Type.String({ description: 'the code for which it is not ready' })),
  broker: Type.Object({ name: Type.String(), connected: Type.Boolean() }),
  sessions: Counts('live sessions, by transport'),
  connections: Type.Integer({ description: 'of them, also those that have not identified themselves' }),
  subscriptions: Count,
  channels: Type.Integer({ description: 'with readers here' }),
  waitingBytes: Type.Integer({ description: 'for readers that do not keep up' }),
  waitingBytesLimit: Count,
  memoryBytes: Count,
  cpuSeconds: Type.Number(),
  numbers: ProcessNumbers,
});
export type ProcessView = Static<typeof ProcessView>;

export const ProcessItem = Type.Object({
  id: Type.String(),
  version: Type.String(),
  host: Type.String(),
  pid: Count,
  startedAt: Instant(),
  seenAt: Instant({ description: 'last sign of life in the database, one a minute, none asleep' }),
  endedAt: Nullable(Instant({ description: 'null of one that runs, or ended without a word' })),
  state: Type.Union([
    Type.Literal('running', { description: 'it answered' }),
    Type.Literal('asleep', {
      description:
        'nobody is served there (`IDLE_SLEEP_MS`); the next request wakes it, and it answers again',
    }),
    Type.Literal('silent', { description: 'it should run and did not answer' }),
    Type.Literal('ended'),
    Type.Literal('vanished', { description: 'it ended without a word: killed, or its machine' }),
  ]),
  self: Nullable(ProcessView),
});
export type ProcessItem = Static<typeof ProcessItem>;

export const Processes = Type.Object({
  success,
  data: Type.Array(ProcessItem, { description: 'of the last week, the latest start first; at most 100' }),
  ...answerFields,
});

const Percentiles = Type.Object({
  p50: Duration('median'),
  p99: Duration('of one in a hundred'),
  count: Count,
});

export const Overview = Type.Object({
  success,
  timestamp: Instant(),
  processId: Type.String({ description: 'of the process that answers' }),
  verdict: Type.Union([Type.Literal('nothing lost'), Type.Literal('look')], {
    description: '`look` where anything of `troubles` is there',
  }),
  troubles: Type.Array(Type.String(), { description: 'one sentence each' }),
  processes: Type.Array(ProcessItem, { description: 'that run, or should' }),
  lastDeploy: Nullable(
    Type.Object({ version: Type.String(), startedAt: Instant({ description: 'of the latest process' }) }),
  ),
  totals: Type.Object({
    connections: Count,
    sessions: Counts('by transport'),
    subscriptions: Count,
    publications: Count,
    deliveries: Count,
    lost: Count,
  }),
  database: Nullable(
    Type.Object(
      {
        roundTripMs: Duration('of one statement'),
        channels: Type.Integer({ description: 'as Postgres estimates it' }),
        publications: Type.Integer({ description: 'kept in the log, as Postgres estimates it' }),
        bytes: Type.Integer({ description: 'of the database' }),
        outbox: Type.Object({ waiting: Count, oldestMs: Nullable(Duration('age of the oldest')) }),
        deadLetters: Count,
      },
      { description: 'null while it cannot be reached' },
    ),
  ),
  toScreen: Nullable(
    Type.Object(Percentiles.properties, {
      description:
        'from the creation of a tracked event to the acknowledgement of the first device; of the last quarter of an hour, at most 1,000. Null where no events are tracked',
    }),
  ),
  ...answerFields,
});
export type Overview = Static<typeof Overview>;
