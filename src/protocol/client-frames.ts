import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { maxChannelLength } from './channel-name.ts';
import { Name, PublicationType } from './name.ts';
import { OwnFrameId } from './own-frames.ts';
import { Text } from './text.ts';

/** Echoed in the reply, so that a client can match it. */
const id = OwnFrameId;
const channel = Text(maxChannelLength);
const since = Type.Optional(Text(64, { minLength: 0, description: 'position, epoch:offset' }));

/** Longest token of an auth frame, in characters: what also fits into a header. */
const maxTokenLength = 16_384;

/** Most publications a `sync_response` carries. */
export const maxSyncLimit = 500;

/** What a client may send, by `type`. Fields that are not listed are ignored: a newer client is no error. */
export const clientFrames = {
  auth: Type.Object(
    {
      type: Type.Literal('auth'),
      id,
      token: Type.Optional(Text(maxTokenLength)),
      userId: Type.Optional(Name),
      role: Type.Optional(Name),
      tenants: Type.Optional(Type.Array(Name, { maxItems: 100 })),
      context: Type.Optional({
        ...Name,
        description: 'the tenant to act for alone, of those that are yours',
      }),
    },
    { description: 'Says who is there; again on the same socket, a new token for the same user.' },
  ),
  subscribe: Type.Object(
    { type: Type.Literal('subscribe'), id, channel, since },
    { description: 'Asks for what is published from now on, and with `since` for what was missed.' },
  ),
  unsubscribe: Type.Object(
    { type: Type.Literal('unsubscribe'), id, channel },
    { description: 'Ends a subscription, if there is one.' },
  ),
  ping: Type.Object(
    { type: Type.Literal('ping'), id },
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
  publish: Type.Object(
    {
      type: Type.Literal('publish'),
      id,
      channel,
      publicationType: PublicationType,
      data: Type.Unknown(),
      ephemeral: Type.Optional(
        Type.Boolean({ description: 'true: to whoever is there now, and into no log' }),
      ),
    },
    { description: 'Publishes, in a channel whose namespace lets this user.' },
  ),
} as const satisfies Record<string, TSchema>;

export type ClientFrameType = keyof typeof clientFrames;
export type ClientFrame = { [T in ClientFrameType]: Static<(typeof clientFrames)[T]> }[ClientFrameType];
export type FrameOf<T extends ClientFrameType> = Extract<ClientFrame, { type: T }>;
