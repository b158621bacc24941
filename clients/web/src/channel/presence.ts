import type { PresentUser, ServerFrames } from '../../../../src/protocol/wire/frame-types.ts';
import type { Presence } from '../types.ts';

type PresenceFrame = { readonly count: number } & Partial<
  ServerFrames['presence_state'] & ServerFrames['presence_diff']
>;

/** The members of a channel: the state, then the differences. */
export interface Room {
  /** Undefined until the server has told. */
  now(): Presence | undefined;
  take(frame: PresenceFrame): Presence;
  clear(): void;
}

export function createRoom(): Room {
  const users = new Map<string, PresentUser>();
  let now: Presence | undefined;
  return {
    now: () => now,
    take(frame) {
      const { users: all, joins, leaves, count } = frame;
      if (all) users.clear();
      for (const user of all ?? joins ?? []) users.set(user.userId, user);
      for (const userId of leaves ?? []) users.delete(userId);
      now = { count, users: [...users.values()] };
      return now;
    },
    clear() {
      users.clear();
      now = undefined;
    },
  };
}
