import { type Static, Type } from '@sinclair/typebox';
import { repeated } from './idempotency.ts';

/** Fields of the answer to every write that publishes. */
export const writtenAt = {
  position: Type.Optional(
    Type.String({
      description:
        '`epoch:offset` of what was published, in the channel that the matching list gives its position of; absent when nothing had to be published',
    }),
  ),
  positions: Type.Optional(
    // Eden takes the type of a record for `{}`.
    Type.Unsafe<Readonly<Record<string, string>>>(
      Type.Record(Type.String(), Type.String(), {
        description: 'by channel, where it was published on several that the caller reads',
      }),
    ),
  ),
  repeated,
};

const Written = Type.Object(writtenAt);
export type WrittenAt = Static<typeof Written>;
