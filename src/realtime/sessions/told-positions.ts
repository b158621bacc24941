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

/**
 * A publication that was settled longer before its commit is the fault of a clock, is made up, or is none: a client of the
 * web that has settled nothing tells the time since 1970.
 */
const clockErrorMs = 1_000;

/** The positions that a client gave, and how long ago it had settled the last of them. Milliseconds. */
export interface Told {
  readonly vector: PositionVector;
  readonly settledMs?: number | undefined;
}

/**
 * Takes a ping: what the client said before still holds, and the positions that it gives, of the channels that it reads,
 * are remembered. Returns the time from the commit of the publication that it settled last to that moment, where it is
 * certain which one that is: a single channel has moved since the ping before, by what came while the client was
 * connected. Milliseconds.
 */
export function takeTold(
  session: Session,
  given: Told | undefined,
  now: number,
  heartbeatMs: number,
): number | undefined {
  session.toldUntil = now + heldHeartbeats * heartbeatMs;
  if (!given) return undefined;
  const { subscriptions } = session;
  session.told ??= new Map();
  const { told } = session;
  let moved = 0;
  let committedAt: number | undefined;
  for (const [channel, position] of given.vector) {
    const live = subscriptions.get(channel);
    if (!live?.isOpen) continue;
    const before = told.get(channel);
    if (before?.epoch !== position.epoch || before.offset !== position.offset) {
      moved += 1;
      committedAt = before && committedAtOf(session, position, live);
    }
    told.set(channel, { ...position, sent: live.position.offset, at: now });
  }
  if (told.size > subscriptions.size) {
    for (const channel of told.keys()) if (!subscriptions.has(channel)) told.delete(channel);
  }
  if (given.settledMs === undefined || committedAt === undefined || moved !== 1) return undefined;
  const wayMs = (session.transport.roundTrips?.latencyMs ?? 0) / 2;
  const lagMs = now - given.settledMs - wayMs - committedAt;
  return lagMs < -clockErrorMs || given.settledMs < 0 ? undefined : Math.max(0, lagMs);
}

/** The time of the publication at a position, if it is in memory and the client was connected by then. */
function committedAtOf(
  { openedAt }: Session,
  { epoch, offset }: Position,
  live: LiveChannel,
): number | undefined {
  const found = epoch === live.position.epoch ? live.tailAfter(offset - 1)?.[0] : undefined;
  const time = found && Date.parse(found.publication.timestamp);
  return time !== undefined && time >= openedAt ? time : undefined;
}

/** The position of a live session. A client that had everything when it spoke is where it has been sent to since. */
export function positionOfLive(session: Session, live: LiveChannel, nowFacts: Times): KnownPosition {
  const { epoch, offset } = live.position;
  const told = toldOf(session, live);
  if (told && isBehind(session, told, nowFacts.now)) return { epoch, offset: told.offset, by: 'told' };
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
  return { ...heard, offset: isBehind(session, told, times.now) ? told.offset : known, by: 'told' };
}

/** Whether the client said that it had less than it was sent, and can still be taken at its word. */
const isBehind = ({ toldUntil }: Session, { offset, sent }: ToldPosition, now: number) =>
  offset < sent && now < toldUntil;

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
