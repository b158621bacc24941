import type { Clock } from '../../lib/clock.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import { Session } from '../../realtime/sessions/session.ts';
import { positionOfLive } from '../../realtime/sessions/told-positions.ts';
import type { Reader } from './model.ts';

/** A device of a user, as a key of both. */
export const deviceKey = (userId: string, deviceId: string) => JSON.stringify([userId, deviceId]);

export interface ReadersAsked {
  readonly channel: string;
  readonly head: number;
  readonly epoch: string;
  /** Keys of devices that may be connected here. */
  readonly devices: readonly string[];
}

/** The live readers of one channel in one process. */
export interface LiveReaders {
  readonly live: number;
  readonly atHead: number;
  readonly behind: number;
  /** The offset up to which they were served; undefined where there is none. */
  readonly served?: number;
  /** At most {@link maxFurthest}. */
  readonly furthest: readonly Reader[];
  /** The devices that were asked for and are here. */
  readonly present: readonly string[];
}

export const maxFurthest = 20;

interface Deps {
  readonly manager: RealtimeManager;
  readonly clock: Clock;
}

/** One pass over the readers of the channel. */
export function readersHere({ manager, clock }: Deps, asked: ReadersAsked): LiveReaders {
  const live = manager.channels.get(asked.channel);
  const none = { live: 0, atHead: 0, behind: 0, furthest: [], present: [] };
  if (!live?.isOpen) return none;
  const times = { now: clock.now(), monotonic: clock.monotonic() };
  const wanted = new Set(asked.devices);
  const present: string[] = [];
  const behind: Reader[] = [];
  let count = 0;
  for (const session of live.subscribers.keys()) {
    if (!(session instanceof Session) || !session.principal) continue;
    count += 1;
    const { transport, principal } = session;
    const deviceId = transport.client?.deviceId ?? '';
    const key = deviceKey(principal.userId, deviceId);
    if (wanted.has(key)) present.push(key);
    const { offset, by, epoch } = positionOfLive(session, live, times);
    const missing = epoch === asked.epoch ? asked.head - offset : asked.head;
    if (missing <= 0) continue;
    behind.push({
      userId: principal.userId,
      deviceId,
      transport: transport.gateway.name,
      sessionId: session.id,
      offset,
      behind: missing,
      by,
      seenAt: new Date(times.now - (times.monotonic - session.heardAt)).toISOString(),
    });
  }
  behind.sort((one, other) => other.behind - one.behind);
  return {
    live: count,
    atHead: count - behind.length,
    behind: behind.length,
    served: live.position.offset,
    furthest: behind.slice(0, maxFurthest),
    present,
  };
}

/** The number of live readers of each channel in one process; channels without any are left out. */
export function countReaders({ manager }: Deps, channels: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of channels) {
    const size = manager.channels.get(name)?.subscribers.size ?? 0;
    if (size > 0) counts[name] = size;
  }
  return counts;
}
