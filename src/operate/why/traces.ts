import type { Clock } from '../../lib/clock.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import { positionOfLive } from '../../realtime/sessions/told-positions.ts';
import type { FanOut, Trail } from '../../realtime/trail/trail.ts';
import { type Remembered, rememberedOf } from '../people.ts';

export interface TraceAsked {
  readonly userId: string;
  /** The name in the log, and that which the person knows. */
  readonly channel: string;
  readonly wireName: string;
  readonly epoch: string;
  readonly offset: number;
}

/** A live connection of the person, and where it is in the channel. */
export interface LiveTrace {
  readonly sessionId: string;
  readonly transport: string;
  readonly deviceId: string | null;
  readonly openedAt: number;
  /** Undefined where it does not read the channel. */
  readonly reads?: {
    /** The offset after which it began to read. */
    readonly began: number;
    readonly offset: number;
    readonly by: string;
  };
}

/** The memory that one process has of one person and one publication. */
export interface Trace extends Remembered {
  readonly fanOutsSince: number;
  readonly fanOut: FanOut | undefined;
  readonly live: readonly LiveTrace[];
  /** Errors that the person was sent about the channel, the newest first. */
  readonly refusals: readonly { readonly at: number; readonly code: string }[];
}

const maxRefusals = 10;

interface Deps {
  readonly manager: RealtimeManager;
  readonly trail: Trail;
  readonly clock: Clock;
}

/** One pass over the memory of this process. */
export function traceHere(deps: Deps, { userId, channel, wireName, epoch, offset }: TraceAsked): Trace {
  const { manager, trail, clock } = deps;
  const times = { now: clock.now(), monotonic: clock.monotonic() };
  const live: LiveTrace[] = [];
  for (const session of manager.sessions) {
    const { principal, transport } = session;
    if (principal?.userId !== userId || principal.service) continue;
    const read = [...session.subscriptions].find(([, each]) => each.name === channel);
    const position = read && positionOfLive(session, read[1], times);
    live.push({
      sessionId: session.id,
      transport: transport.gateway.name,
      deviceId: transport.client?.deviceId ?? null,
      openedAt: session.openedAt,
      ...(read &&
        position?.epoch === epoch && {
          reads: { began: read[1].subscribers.get(session) ?? 0, offset: position.offset, by: position.by },
        }),
    });
  }
  const fanOut = Iterator.from(trail.fanOuts.backwards()).find(
    (each) => each.channel === channel && each.epoch === epoch && each.offset === offset,
  );
  const refusals = Iterator.from(trail.refusals.backwards())
    .filter((each) => each.userId === userId && each.channel === wireName)
    .take(maxRefusals)
    .map(({ at, code }) => ({ at, code }))
    .toArray();
  return { ...rememberedOf(deps, userId), fanOutsSince: trail.fanOutsSince, fanOut, live, refusals };
}
