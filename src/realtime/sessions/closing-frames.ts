import { type ControlFrame, errorFrame } from '../../protocol/frames/server-frames.ts';
import type { CloseReason } from '../../protocol/wire/codes.ts';

/** The frame before a close that a code alone would not explain. */
export const closingFrames: { readonly [R in CloseReason]?: ControlFrame } = {
  expired: errorFrame('token_expired', 'The token has expired.'),
  auth_timeout: errorFrame('auth_timeout', 'Nobody was identified in the time allowed.'),
  revoked: errorFrame('token_revoked', 'The token has been withdrawn.'),
};
