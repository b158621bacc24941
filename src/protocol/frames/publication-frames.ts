import { type Static, Type } from '@sinclair/typebox';
import { Instant } from '../schemas/instant.ts';

/** The frames that carry what was published. */

const channel = Type.String();
const timestamp = Instant();

export const PublicationFrame = Type.Object(
  {
    type: Type.String(),
    channel,
    eventType: Type.Optional(Type.String()),
    data: Type.Unknown(),
    timestamp,
    offset: Type.Integer({ minimum: 1 }),
    id: Type.String(),
  },
  {
    description:
      'One item of a channel, the same on every transport: what it is about, and in `eventType` what happened.',
  },
);

export const EphemeralFrame = Type.Object(
  {
    type: Type.String(),
    channel,
    userId: Type.Optional(Type.String({ description: 'who sent it, when a person did' })),
    data: Type.Unknown(),
    timestamp,
    ephemeral: Type.Literal(true),
  },
  { description: 'Something that is in no log, and so without a position: typing, a cursor.' },
);
export type EphemeralFrame = Static<typeof EphemeralFrame>;

export const BatchFrame = Type.Object(
  {
    type: Type.Literal('batch'),
    channel,
    publications: Type.Array(PublicationFrame, { minItems: 1 }),
  },
  {
    description:
      'Publications of a channel that came shortly after each other, in order; only on a WebSocket opened with `?batch=true`.',
  },
);
