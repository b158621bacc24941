import type { PresentUser, ServerFrames } from '../../../../src/protocol/wire/frame-types.ts';
import type { Presence } from '../types.ts';

type PresenceFrame =
  | ({ readonly type: 'presence_state' } & ServerFrames['presence_state'])
  | ({ readonly type: 'presence_diff' } & ServerFrames['presence_diff']);

/** Who is in a channel: the state, then what changed. */
export interface Room {
  /** Undefined until the server has told. */
  readonly now: Presence | undefined;
  take(frame: PresenceFrame): Presence;
  clear(): void;
}

export function createRoom(): Room {
  const users = new Map<string, PresentUser>();
  let now: Presence | undefined;
  return {
    get now() {
      return now;
    },
    take(frame) {
      if (frame.type === 'presence_state') users.clear();
      const joined = frame.type === 'presence_state' ? frame.users : frame.joins;
      for (const user of joined) users.set(user.userId, user);
      if (frame.type === 'presence_diff') for (const userId of frame.leaves) users.delete(userId);
      now = { count: frame.count, users: [...users.values()] };
      return now;
    },
    clear() {
      users.clear();
      now = undefined;
    },
  };
}
