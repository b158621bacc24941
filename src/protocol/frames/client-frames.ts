import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Name, PublicationType, UserId } from '../name.ts';
import { described } from '../schemas/described.ts';
import { IdempotencyKey } from '../schemas/idempotency.ts';
import { Text } from '../schemas/text.ts';
import { maxChannelLength } from '../wire/channel-name.ts';
import { maxVectorLength } from '../wire/position.ts';
import { OwnFrameId } from './own-frames.ts';

/** Echoed in the reply, so that a client can match it. */
const id = OwnFrameId;
const channel = Text(maxChannelLength);
const since = Type.Optional(Text(64, { minLength: 0, description: 'position, epoch:offset' }));

/** Longest token of an auth frame, in characters: what also fits into a header. */
const maxTokenLength = 16_384;

/** Most channels that one frame subscribes to. */
export const maxChannelsAtOnce = 1_000;

/** Most publications a `sync_response` carries. */
export const maxSyncLimit = 500;

/**
 * The frames that a client may send, by `type`. Fields that are not listed are ignored, so a newer client is no error.
 */
export const clientFrames = {
  auth: Type.Object(
    {
      type: Type.Literal('auth'),
      id,
      token: Type.Optional(Text(maxTokenLength)),
      userId: Type.Optional(UserId),
      role: Type.Optional(Name),
      tenants: Type.Optional(Type.Array(Name, { maxItems: 100 })),
      context: Type.Optional(described(Name, 'the tenant to act for alone, of those that are yours')),
    },
    { description: 'Says who is there; again on the same socket, a new token for the same user.' },
  ),
  subscribe: Type.Object(
    {
      type: Type.Literal('subscribe'),
      id,
      channel: Type.Optional(channel),
      since,
      channels: Type.Optional(
        Type.Array(Type.Object({ channel, since }), {
          minItems: 1,
          maxItems: maxChannelsAtOnce,
          description: 'several at once, in place of `channel` and `since`; each is answered by itself',
        }),
      ),
    },
    {
      oneOf: [{ required: ['channel'] }, { required: ['channels'] }],
      description: 'Asks for what is published from now on, and with `since` for what was missed.',
    },
  ),
  unsubscribe: Type.Object(
    { type: Type.Literal('unsubscribe'), id, channel: Type.Optional(channel) },
    { description: 'Ends a subscription, if there is one; without a channel all of them.' },
  ),
  ping: Type.Object(
    {
      type: Type.Literal('ping'),
      id,
      positions: Type.Optional(
        Text(maxVectorLength, {
          description:
            'channel@epoch:offset, separated by commas: what the client has, so that an operator sees who is behind',
        }),
      ),
      settledMs: Type.Optional(
        Type.Number({
          description:
            'since the last of `positions` was settled, in milliseconds by the clock of the client: commit → screen',
        }),
      ),
    },
    { description: 'Asks whether the server still answers.' },
  ),
  pong: Type.Object(
    { type: Type.Literal('pong'), id },
    { description: 'A sign of life, which nobody asks for and nobody answers.' },
  ),
  sync_request: Type.Object(
    {
      type: Type.Literal('sync_request'),
      id,
      channel,
      since,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxSyncLimit, default: 100 })),
    },
    { description: 'Asks for a page of the log of a channel, without subscribing.' },
  ),
  history: Type.Object(
    {
      type: Type.Literal('history'),
      id,
      channel,
      before: Type.Optional(
        Text(64, {
          description: 'position, epoch:offset, of the oldest known; without it, the end of the channel',
        }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxSyncLimit, default: 50 })),
    },
    {
      description:
        'Asks for the publications before a position, without subscribing: the last 50, then older ones.',
    },
  ),
  publish: Type.Object(
    {
      type: Type.Literal('publish'),
      id,
      channel,
      publicationType: PublicationType,
      data: Type.Unknown(),
      key: Type.Optional(
        described(
          IdempotencyKey,
          '1 to 200 visible ASCII characters; the same key of the same user on the channel within 24 hours publishes nothing, and is answered with the first receipt; not with `ephemeral`',
        ),
      ),
      ephemeral: Type.Optional(
        Type.Boolean({ description: 'true: to the sessions that read the channel now, and into no log' }),
      ),
    },
    { description: 'Publishes, in a channel whose namespace lets this user.' },
  ),
} as const satisfies Record<string, TSchema>;

/** The fault of a frame that fits its schema, in words for its author. */
export function faultOf(frame: ClientFrame): string | undefined {
  if (frame.type === 'subscribe') {
    const { channel, channels, since } = frame;
    if ((channel === undefined) === (channels === undefined))
      return 'it takes either "channel" or "channels"';
    if (channels && since !== undefined) return '"since" belongs to each of "channels"';
  }
  if (frame.type === 'publish' && frame.ephemeral && frame.key !== undefined) {
    return 'what is ephemeral takes no "key": nothing remembers it';
  }
  return undefined;
}

export type ClientFrameType = keyof typeof clientFrames;
export type ClientFrame = { [T in ClientFrameType]: Static<(typeof clientFrames)[T]> }[ClientFrameType];
export type FrameOf<T extends ClientFrameType> = Extract<ClientFrame, { type: T }>;
