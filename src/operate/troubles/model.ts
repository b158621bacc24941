import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from '../../protocol/nullable.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { answerFields, success } from '../schemas.ts';

const Refusal = Type.Object({
  at: Instant(),
  processId: Type.String(),
  code: Type.String(),
  status: Type.Integer({ description: 'HTTP status of the same failure' }),
  meaning: Type.String(),
  userId: Nullable(Type.String()),
  sessionId: Nullable(Type.String()),
  transport: Nullable(Type.String({ description: 'null of a request over HTTP' })),
  channel: Nullable(Type.String()),
  route: Nullable(Type.String()),
  requestId: Nullable(Type.String({ description: 'under which the log has it' })),
});
export type Refusal = Static<typeof Refusal>;

const Counts = (description: string) => Type.Record(Type.String(), Type.Integer(), { description });

export const Limits = Type.Object({
  success,
  refusals: Counts('errors that were sent, by code, since each process began'),
  ended: Counts('sessions that the server ended, by reason'),
  data: Type.Array(Refusal, {
    description:
      'the latest errors that callers can avoid, the newest first, at most 200; each process remembers 1,000',
  }),
  ...answerFields,
});

export const Errors = Type.Object({
  success,
  data: Type.Array(Refusal, {
    description:
      'the latest failures of the server, the newest first, at most 200; each process remembers 200',
  }),
  ...answerFields,
});
