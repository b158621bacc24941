import { type Static, Type } from '@sinclair/typebox';
import { Instant } from '../schemas/instant.ts';
import { type ErrorCode, errorCodes } from '../wire/codes.ts';
import type { FrameId } from '../wire/frame-id.ts';
import { formatPosition, type Position } from '../wire/position.ts';
import { PublicationFrame } from './publication-frames.ts';

/** The version of this wire; a client that offers subprotocols gets exactly this one back. */
export const subprotocol = 'tambuli.v1';

const id = Type.Optional(Type.Union([Type.String(), Type.Number()]));
const channel = Type.String();
const timestamp = Instant();
const position = Type.String({
  description: 'epoch:offset; everything after it follows or can be asked for',
});
const recovered = Type.Boolean({
  description: 'true: everything since the given position follows; false: it is gone, fetch a snapshot',
});

const count = Type.Integer({ description: 'everybody there, listed or not', minimum: 0 });
const users = Type.Array(Type.Object({ userId: Type.String(), role: Type.String(), since: timestamp }), {
  description: 'at most 100, those longest there first',
});

/** The frames that the server sends besides publications, by `type`. */
export const serverFrames = {
  connected: Type.Object(
    {
      type: Type.Literal('connected'),
      clientId: Type.String(),
      timestamp,
      protocol: Type.Literal(subprotocol),
      heartbeatMs: Type.Integer(),
      warning: Type.Optional(Type.String({ description: 'insecure mode only' })),
    },
    { description: 'The first frame of every socket.' },
  ),
  authenticated: Type.Object(
    {
      type: Type.Literal('authenticated'),
      id,
      clientId: Type.String(),
      userId: Type.String(),
      role: Type.String(),
      expiresAt: Type.Optional(timestamp),
    },
    { description: 'The user is known: by an auth frame, or by the request that opened the socket.' },
  ),
  subscribed: Type.Object(
    {
      type: Type.Literal('subscribed'),
      id,
      channel,
      position,
      recovered: Type.Optional(recovered),
    },
    {
      description:
        'From here on the channel flows: first what was missed, then what is published. Unasked with `recovered` false: a recovery lost its way.',
    },
  ),
  unsubscribed: Type.Object(
    {
      type: Type.Literal('unsubscribed'),
      id,
      channel: Type.Optional(channel),
      code: Type.Optional(
        Type.String({ description: 'why the server ended it; absent when the client did' }),
      ),
    },
    {
      description:
        'Nothing of the channel follows; without a channel, there was none to leave. Unasked with a `code`: the server ended the subscription.',
    },
  ),
  pong: Type.Object(
    { type: Type.Literal('pong'), id, timestamp },
    { description: 'The server still answers.' },
  ),
  sync_response: Type.Object(
    {
      type: Type.Literal('sync_response'),
      id,
      channel,
      publications: Type.Array(PublicationFrame),
      position,
      recovered,
    },
    { description: 'A page of the log of a channel, and the position after it.' },
  ),
  history: Type.Object(
    {
      type: Type.Literal('history'),
      id,
      channel,
      publications: Type.Array(PublicationFrame, { description: 'the newest last' }),
      position: Type.String({ description: 'epoch:offset of the oldest of them: the next `before`' }),
      more: Type.Boolean({ description: 'whether older ones are kept' }),
    },
    {
      description:
        'A page of the log of a channel, backwards. Empty, with a position of another epoch: the log began a new life.',
    },
  ),
  published: Type.Object(
    {
      type: Type.Literal('published'),
      id,
      position: Type.Optional(position),
      repeated: Type.Optional(
        Type.Literal(true, { description: 'the key was known: this is where the first one is' }),
      ),
    },
    { description: 'The publication is accepted; with a position, it is in the log.' },
  ),
  presence_state: Type.Object(
    { type: Type.Literal('presence_state'), channel, count, users },
    { description: 'Who reads the channel now.' },
  ),
  presence_diff: Type.Object(
    {
      type: Type.Literal('presence_diff'),
      channel,
      count,
      joins: users,
      leaves: Type.Array(Type.String(), { description: 'user ids, at most 100' }),
    },
    { description: 'Who came and who went since the last presence frame of the channel.' },
  ),
  reconnect: Type.Object(
    {
      type: Type.Literal('reconnect'),
      afterMs: Type.Integer({
        description: 'when this client may come back; the socket closes with 4001 about then',
      }),
    },
    { description: 'This process is being replaced: time to connect to another.' },
  ),
  error: Type.Object(
    {
      type: Type.Literal('error'),
      id,
      code: Type.String(),
      message: Type.String(),
      error: Type.String({ description: 'the code again, for older clients' }),
      status: Type.Optional(
        Type.Integer({
          description:
            'HTTP status of the same failure: 401 asks for another token, 408, 429 and 5xx pass by themselves, any other does not',
        }),
      ),
      remedy: Type.Optional(Type.String({ description: 'what to do about a failure of this code' })),
      channel: Type.Optional(channel),
      retryAfterMs: Type.Optional(Type.Integer()),
    },
    { description: 'Why something was refused or went wrong; with an `id`, the frame of that id.' },
  ),
} as const;

type ServerFrame = {
  [T in keyof typeof serverFrames]: Static<(typeof serverFrames)[T]>;
}[keyof typeof serverFrames];
/** Frames that go through `encodeFrame`; pages of the log are spliced from stored text instead. */
type EncodableFrame = Exclude<ServerFrame, { type: 'sync_response' | 'history' }>;
/** A control frame as the engine hands it to a transport, with its position as a value. */
export type ControlFrame = Loose<EncodableFrame, Position>;
/** A control frame as the wire has it. */
export type WireFrame = Loose<EncodableFrame, string>;

/** Lets an optional field be given as undefined, which JSON leaves out. `P` is the form of a position. */
type Loose<F, P> = F extends unknown
  ? { [K in keyof F]: object extends Pick<F, K> ? Field<F, K, P> | undefined : Field<F, K, P> }
  : never;
type Field<F, K extends keyof F, P> = K extends 'position' ? P : F[K];

export function wireFrame(frame: ControlFrame): WireFrame {
  const position = 'position' in frame ? frame.position : undefined;
  // Without a position, the two are the same.
  return (position ? { ...frame, position: formatPosition(position) } : frame) as WireFrame;
}

/** JSON text of a frame; fields that are undefined are left out. */
export function encodeFrame(frame: ControlFrame): string {
  return JSON.stringify(wireFrame(frame));
}

type PageFrame<T extends 'sync_response' | 'history'> = Omit<
  Extract<ServerFrame, { type: T }>,
  'type' | 'id' | 'publications' | 'position'
> & {
  readonly id: FrameId | undefined;
  readonly publications: readonly string[];
  readonly position: Position;
};

/** `publications` are the JSON texts of publication frames. */
function encodePage<T extends 'sync_response' | 'history'>(type: T, page: PageFrame<T>): string {
  const { publications, ...head } = page;
  const rest = JSON.stringify({ type, ...head, position: formatPosition(head.position) });
  return `${rest.slice(0, -1)},"publications":[${publications.join(',')}]}`;
}

export function encodeSyncResponse(page: PageFrame<'sync_response'>): string {
  return encodePage('sync_response', page);
}

export function encodeHistory(page: PageFrame<'history'>): string {
  return encodePage('history', page);
}

export function errorFrame(
  code: ErrorCode,
  message: string,
  more: { id?: FrameId | undefined; channel?: string | undefined; retryAfterMs?: number | undefined } = {},
): ControlFrame {
  const { status, remedy } = errorCodes[code];
  return { type: 'error', code, message, error: code, status, remedy, ...more };
}
