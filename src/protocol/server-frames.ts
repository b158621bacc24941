import { type Static, Type } from '@sinclair/typebox';
import type { FrameId } from './client-frames.ts';
import type { ErrorCode } from './codes.ts';

/** The version of this wire; a client that offers subprotocols gets exactly this one back. */
export const subprotocol = 'tambuli.v1';

const id = Type.Optional(Type.Union([Type.String(), Type.Number()]));
const channel = Type.String();
const timestamp = Type.String({ format: 'date-time' });
const position = Type.String({
  description: 'epoch:offset; everything after it follows or can be asked for',
});
const recovered = Type.Boolean({
  description: 'true: everything since the given position follows; false: it is gone, fetch a snapshot',
});

/** A publication as it stands on every transport. */
export const PublicationFrame = Type.Object({
  type: Type.String(),
  channel,
  eventType: Type.Optional(Type.String()),
  data: Type.Unknown(),
  timestamp,
  offset: Type.Integer({ minimum: 1 }),
  id: Type.String(),
});

/** What the server sends besides publications, by `type`. */
export const serverFrames = {
  connected: Type.Object({
    type: Type.Literal('connected'),
    clientId: Type.String(),
    timestamp,
    protocol: Type.Literal(subprotocol),
    heartbeatMs: Type.Integer(),
    warning: Type.Optional(Type.String({ description: 'insecure mode only' })),
  }),
  authenticated: Type.Object({
    type: Type.Literal('authenticated'),
    id,
    clientId: Type.String(),
    userId: Type.String(),
    role: Type.String(),
    expiresAt: Type.Optional(timestamp),
  }),
  subscribed: Type.Object({
    type: Type.Literal('subscribed'),
    id,
    channel,
    position,
    recovered: Type.Optional(recovered),
  }),
  unsubscribed: Type.Object({
    type: Type.Literal('unsubscribed'),
    id,
    channel,
    code: Type.Optional(Type.String({ description: 'why the server ended it; absent when the client did' })),
  }),
  pong: Type.Object({ type: Type.Literal('pong'), id, timestamp }),
  sync_response: Type.Object({
    type: Type.Literal('sync_response'),
    id,
    channel,
    publications: Type.Array(PublicationFrame),
    position,
    recovered,
  }),
  published: Type.Object({ type: Type.Literal('published'), id, position }),
  reconnect: Type.Object({
    type: Type.Literal('reconnect'),
    afterMs: Type.Integer({
      description: 'when this client may come back; the socket closes with 4001 about then',
    }),
  }),
  error: Type.Object({
    type: Type.Literal('error'),
    id,
    code: Type.String(),
    message: Type.String(),
    error: Type.String({ description: 'the code again, for older clients' }),
    channel: Type.Optional(channel),
    retryAfterMs: Type.Optional(Type.Integer()),
  }),
} as const;

type ServerFrame = {
  [T in keyof typeof serverFrames]: Static<(typeof serverFrames)[T]>;
}[keyof typeof serverFrames];
/** Frames that go through `encodeFrame`; a sync_response is spliced from stored text instead. */
type EncodableFrame = Exclude<ServerFrame, { type: 'sync_response' }>;
/** A control frame as the engine hands it to a transport. */
export type ControlFrame = Loose<EncodableFrame>;

/** Lets an optional field be given as undefined, which JSON leaves out. */
type Loose<F> = F extends unknown
  ? { [K in keyof F]: object extends Pick<F, K> ? F[K] | undefined : F[K] }
  : never;

/** JSON text of a frame; fields that are undefined are left out. */
export function encodeFrame(frame: ControlFrame): string {
  return JSON.stringify(frame);
}

/** `publications` are the JSON texts of publication frames. */
export function encodeSyncResponse(response: {
  id: FrameId | undefined;
  channel: string;
  publications: readonly string[];
  position: string;
  recovered: boolean;
}): string {
  const { publications, ...head } = response;
  const rest = JSON.stringify({ type: 'sync_response', ...head });
  return `${rest.slice(0, -1)},"publications":[${publications.join(',')}]}`;
}

export function errorFrame(
  code: ErrorCode,
  message: string,
  more: { id?: FrameId | undefined; channel?: string | undefined; retryAfterMs?: number | undefined } = {},
): ControlFrame {
  return { type: 'error', code, message, error: code, ...more };
}
