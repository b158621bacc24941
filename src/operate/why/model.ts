import { type Static, Type } from '@sinclair/typebox';
import { Name } from '../../protocol/name.ts';
import { Nullable } from '../../protocol/nullable.ts';
import { described } from '../../protocol/schemas/described.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { Text, Uuid } from '../../protocol/schemas/text.ts';
import { maxChannelLength } from '../../protocol/wire/channel-name.ts';
import { answerFields, success } from '../schemas.ts';
import { identityParameters, Right, UserView } from '../users/model.ts';

export const WhyQuery = Type.Object({
  user: described(Name, 'the id of the person'),
  channel: Type.Optional(
    Text(3 * maxChannelLength, {
      description: 'of the publication: the name that clients know, or that in the log',
    }),
  ),
  at: Type.Optional(
    Text(64, {
      description: 'the place of the publication: its offset, or epoch:offset. Without it, the last one',
    }),
  ),
  id: Type.Optional(described(Name, 'the id of the publication, in place of `at`')),
  event: Type.Optional(Uuid({ description: 'a tracked event, in place of a publication' })),
  ...identityParameters,
});
export type WhyQuery = Static<typeof WhyQuery>;

/** The causes that are told apart, each with its meaning. */
export const causes = {
  has_it: 'a device of the person said that it has it, or had it when it left',
  sent: 'it was sent to a live connection, and no device has said yet that it has it',
  on_the_way: 'it waits in the outbox, or for a reader that does not keep up',
  dead_letter: 'it fits no channel: it is among the dead letters',
  not_published: 'the channel has no such publication',
  pruned: 'it is older than what the channel keeps',
  unknown_channel: 'there is no such channel',
  not_theirs: 'the channel is personal, and somebody else’s',
  not_allowed: 'the rule of the channel denies it',
  excluded: 'the publisher left the person out',
  offline: 'no device of the person was connected',
  not_subscribed: 'a device was connected and did not read the channel',
  subscribed_later: 'it began to read the channel behind it, without a position to resume from',
  not_a_recipient: 'the event has no delivery for this person',
  scheduled: 'its time has not come',
  expired: 'it expired before it was delivered',
  cancelled: 'it was cancelled',
  waiting: 'its next attempt has not come',
  passed_on: 'another method than the live connection has it: push, SMS, e-mail, webhook',
  failed: 'every method was tried',
  unknown: 'nobody who knows is left: see the findings',
} as const;
export type Cause = keyof typeof causes;

const Finding = Type.Object({
  text: Type.String(),
  at: Nullable(Instant()),
  processId: Nullable(Type.String()),
  sessionId: Nullable(Type.String()),
});
export type Finding = Static<typeof Finding>;

export const Why = Type.Object({
  success,
  userId: Type.String(),
  cause: Type.Unsafe<Cause>(Type.Union(Object.keys(causes).map((each) => Type.Literal(each)))),
  answer: Type.String({ description: 'one sentence' }),
  publication: Nullable(
    Type.Object({
      channel: Type.String({ description: 'the name in the log' }),
      position: Type.String(),
      id: Nullable(Type.String()),
      type: Nullable(Type.String()),
      timestamp: Nullable(Instant()),
    }),
  ),
  event: Nullable(
    Type.Object({ id: Type.String(), type: Type.String(), title: Type.String(), status: Type.String() }),
  ),
  identity: UserView.properties.identity,
  rule: Nullable(Right),
  findings: Type.Array(Finding, { description: 'everything that is known, in the order of time' }),
  unknown: Type.Array(Type.String(), { description: 'what is not known, and why' }),
  ...answerFields,
});
export type Why = Static<typeof Why>;
