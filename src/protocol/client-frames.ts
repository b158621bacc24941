import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { maxChannelLength } from './channel-name.ts';

/** Echoed in the reply, so that a client can match it. */
const id = Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Number()]));
const channel = Type.String({ minLength: 1, maxLength: maxChannelLength });
const since = Type.Optional(Type.String({ maxLength: 64, description: 'position, epoch:offset' }));
const name = Type.String({ minLength: 1, maxLength: 200 });

/** Most publications a `sync_response` carries. */
export const maxSyncLimit = 500;

/** What a client may send, by `type`. Fields that are not listed are ignored: a newer client is no error. */
export const clientFrames = {
  auth: Type.Object({
    type: Type.Literal('auth'),
    id,
    token: Type.Optional(Type.String({ minLength: 1 })),
    userId: Type.Optional(name),
    role: Type.Optional(name),
    tenants: Type.Optional(Type.Array(name, { maxItems: 100 })),
  }),
  subscribe: Type.Object({ type: Type.Literal('subscribe'), id, channel, since }),
  unsubscribe: Type.Object({ type: Type.Literal('unsubscribe'), id, channel }),
  ping: Type.Object({ type: Type.Literal('ping'), id }),
  pong: Type.Object({ type: Type.Literal('pong'), id }),
  sync_request: Type.Object({
    type: Type.Literal('sync_request'),
    id,
    channel,
    since,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxSyncLimit, default: 100 })),
  }),
  publish: Type.Object({
    type: Type.Literal('publish'),
    id,
    channel,
    publicationType: name,
    data: Type.Unknown(),
  }),
} as const satisfies Record<string, TSchema>;

export type ClientFrameType = keyof typeof clientFrames;
export type ClientFrame = { [T in ClientFrameType]: Static<(typeof clientFrames)[T]> }[ClientFrameType];
export type FrameOf<T extends ClientFrameType> = Extract<ClientFrame, { type: T }>;
export type FrameId = string | number;
