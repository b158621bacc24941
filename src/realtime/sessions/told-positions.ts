import type { Position, PositionVector } from '../../protocol/wire/position.ts';
import type { LiveChannel } from '../channels/live-channel.ts';
import type { Session, ToldPosition } from './session.ts';

/** The place of a session in a channel, as far as this process knows. */
export interface KnownPosition extends Position {
  /** `told` by the client; `sent` to it, with nothing waiting; `heard`: sent before its last sign of life. */
  readonly by: 'told' | 'sent' | 'heard';
}

/** Heartbeats for which a position holds after the last ping: a client that reads a busy channel pings no more. */
const heldHeartbeats = 3;

/** Remembers the positions that a client gave, of the channels that it reads. */
export function noteTold(session: Session, vector: PositionVector, now: number, heartbeatMs: number): void {
  const { subscriptions } = session;
  const until = now + heldHeartbeats * heartbeatMs;
  session.told ??= new Map();
  for (const [channel, position] of vector) {
    const live = subscriptions.get(channel);
    if (live?.isOpen) session.told.set(channel, { ...position, sent: live.position.offset, at: now, until });
  }
  if (session.told.size <= subscriptions.size) return;
  for (const channel of session.told.keys()) if (!subscriptions.has(channel)) session.told.delete(channel);
}

/** A ping without positions: those that the client gave still hold. */
export function keepTold({ told }: Session, now: number, heartbeatMs: number): void {
  const until = now + heldHeartbeats * heartbeatMs;
  for (const [channel, position] of told ?? []) told?.set(channel, { ...position, until });
}

/** The position of a live session. A client that had everything when it spoke is where it has been sent to since. */
export function positionOfLive(session: Session, live: LiveChannel, nowFacts: Times): KnownPosition {
  const { epoch, offset } = live.position;
  const told = toldOf(session, live);
  if (told && isBehind(told, nowFacts.now)) return { epoch, offset: told.offset, by: 'told' };
  if ((session.transport.bufferedBytes ?? 0) > 0) return positionWhenHeard(session, live, nowFacts);
  return { epoch, offset, by: told && told.offset >= offset ? 'told' : 'sent' };
}

/** The position of a session that ends: what it certainly had, not what was on the way to it. */
export function positionAtEnd(session: Session, live: LiveChannel, times: Times): KnownPosition {
  const heard = positionWhenHeard(session, live, times);
  const told = toldOf(session, live);
  if (!told) return heard;
  // A client may say what it likes; nobody has more than there is.
  const known = Math.min(live.position.offset, Math.max(told.offset, heard.offset));
  return { ...heard, offset: isBehind(told, times.now) ? told.offset : known, by: 'told' };
}

/** Whether the client said that it had less than it was sent, and can still be taken at its word. */
const isBehind = (told: ToldPosition, now: number) => told.offset < told.sent && now < told.until;

/** The present time on both clocks. */
interface Times {
  readonly now: number;
  readonly monotonic: number;
}

function positionWhenHeard(session: Session, live: LiveChannel, { now, monotonic }: Times): KnownPosition {
  const heardAt = now - (monotonic - session.heardAt);
  const { epoch, offset } = live.position;
  const began = live.subscribers.get(session) ?? 0;
  return { epoch, offset: Math.min(offset, Math.max(began, live.offsetAt(heardAt))), by: 'heard' };
}

function toldOf(session: Session, live: LiveChannel): ToldPosition | undefined {
  const told = session.told?.get(live.wireName);
  return told?.epoch === live.position.epoch ? told : undefined;
}
