import { type Static, Type } from '@sinclair/typebox';
import { serverFrames } from '../../protocol/frames/server-frames.ts';
import { Name, PublicationType } from '../../protocol/name.ts';
import { described } from '../../protocol/schemas/described.ts';
import { IdempotencyKey, repeated } from '../../protocol/schemas/idempotency.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { Text } from '../../protocol/schemas/text.ts';
import { maxChannelLength } from '../../protocol/wire/channel-name.ts';

const Channel = Text(maxChannelLength);

const NewPublicationBody = Type.Object({
  channel: Channel,
  userId: Type.Optional(described(Name, 'whose, of a personal channel; given by services alone')),
  type: described(PublicationType, 'what it is about'),
  eventType: Type.Optional(described(Name, 'what happened to it')),
  data: Type.Unknown(),
  exclude: Type.Optional(
    Type.Object(
      {
        userId: Type.Optional(described(Name, 'does not get it on any device, now or later')),
        sessionId: Type.Optional(described(Name, 'does not get it; the `clientId` of one connection')),
      },
      { minProperties: 1, maxProperties: 1 },
    ),
  ),
});
export type NewPublicationBody = Static<typeof NewPublicationBody>;

export const PublishBody = Type.Object({
  ...NewPublicationBody.properties,
  ephemeral: Type.Optional(
    Type.Boolean({
      description:
        'true: to the sessions that read the channel now, and into no log; without `eventType` and `Idempotency-Key`',
    }),
  ),
});
export type PublishBody = Static<typeof PublishBody>;

const BatchItem = Type.Object({
  ...NewPublicationBody.properties,
  ephemeral: Type.Optional(
    Type.Literal(false, {
      description: 'a batch is stored in the log; only `/publish` takes ephemeral ones',
    }),
  ),
  idempotencyKey: Type.Optional(
    described(
      IdempotencyKey,
      'otherwise the header `Idempotency-Key` of the request, a colon and the index of the item',
    ),
  ),
});
export type BatchItem = Static<typeof BatchItem>;

/** JSON of the data of one batch. It is delivered in one turn, into send buffers of twice the size (R4). */
export const maxBatchDataBytes = 512 * 1024;

export const BatchBody = Type.Object({
  publications: Type.Array(BatchItem, {
    minItems: 1,
    maxItems: 1_000,
    description: `together with at most ${maxBatchDataBytes} bytes of data`,
  }),
});

const success = Type.Literal(true);
const delivered = Type.Integer({ description: 'sessions of this process that read the channel' });

const PublicationReceipt = Type.Object({
  id: Type.String(),
  channel: Type.String(),
  position: Type.String({ description: 'epoch:offset' }),
  offset: Type.Integer(),
  delivered,
  repeated,
});
export type PublicationReceipt = Static<typeof PublicationReceipt>;

/** The one with more fields comes first, as the value is read as the first that it fits. */
const AnyReceipt = Type.Union([
  Type.Object({ success, ...PublicationReceipt.properties }),
  Type.Object({ success, channel: Type.String(), delivered }, { description: 'of what is ephemeral' }),
]);
export type PublishReceipt = Static<typeof AnyReceipt>;
/**
 * For documents and types. The service makes receipts of this type alone; checking each again, and cutting it down to
 * its schema, took as long as the rest of the route.
 */
export const PublishReceipt = Type.Unsafe<PublishReceipt>({ ...AnyReceipt });

export const BatchReceipt = Type.Object({
  success,
  publications: Type.Array(PublicationReceipt, { description: 'in the order of the request' }),
  repeated,
});
export type BatchReceipt = Static<typeof BatchReceipt>;

export const ChannelParams = Type.Object({
  channel: Text(3 * maxChannelLength),
});
export const UserParams = Type.Object({ id: Name });

export const PresenceAnswer = Type.Omit(serverFrames.presence_state, ['type']);
export type PresenceAnswer = Static<typeof PresenceAnswer>;

export const Disconnected = Type.Object({ success });
export const Revoked = Type.Object({
  success,
  revokedAt: Instant({ description: 'every token issued until then is withdrawn' }),
});
