import { type TObject, Type } from '@sinclair/typebox';
import { Text } from '../schemas/text.ts';
import type { FrameId } from '../wire/frame-id.ts';

/** A frame of one application's clients, beside those of `client-frames.ts`, and the frame of the reply. */
export interface FramePair<Sent extends TObject = TObject, Reply extends TObject = TObject> {
  readonly type: string;
  /** With `type`, `id`, a description and, for the documentation, `examples`. */
  readonly sent: Sent;
  readonly replyType: string;
  /** With `type`, `id` and a description. */
  readonly reply: Reply;
}

/** A frame as its check left it. */
export interface OwnFrame {
  readonly type: string;
  readonly id?: FrameId;
}

/** Echoed in the reply, so that a client can match it. */
export const OwnFrameId = Type.Optional(Type.Union([Text(64, { minLength: 0 }), Type.Number()]));
