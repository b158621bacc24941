import { isoTime } from '../db/append-statements.ts';
import type { Query } from '../db/connection/open.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Principal } from '../realtime/principal.ts';
import type { SessionStep, Trail } from '../realtime/trail/trail.ts';

/** Steps of one person that a process gives. */
const maxSteps = 200;

/** A step as it travels between processes. */
export type ToldStep = Omit<SessionStep, 'principal'> & { readonly processId: string };

/** The memory that one process has of one person. */
export interface Remembered {
  readonly startedAt: number;
  /** All steps since then are remembered. */
  readonly stepsSince: number;
  /** The newest first. */
  readonly steps: readonly ToldStep[];
  /** The latest identity that is known, of a live session first. */
  readonly principal: Pick<Principal, 'role' | 'tenants'> | undefined;
}

export function rememberedOf(
  { trail, manager }: { readonly trail: Trail; readonly manager: RealtimeManager },
  userId: string,
): Remembered {
  let principal: Principal | undefined;
  for (const session of manager.sessions) {
    if (session.principal?.userId === userId && !session.principal.service) principal = session.principal;
  }
  const steps: ToldStep[] = [];
  for (const { principal: of, ...step } of trail.steps.backwards()) {
    if (of.userId !== userId || of.service) continue;
    principal ??= of;
    if (steps.length < maxSteps) steps.push({ ...step, processId: manager.peers.processId });
  }
  const { startedAt, stepsSince } = trail;
  return {
    ...{ startedAt, stepsSince, steps },
    principal: principal && { role: principal.role, tenants: principal.granted ?? principal.tenants },
  };
}

/** A last known position of a person, with the head of its channel. */
export interface KeptPosition {
  readonly channel: string;
  readonly deviceId: string;
  readonly transport: string;
  readonly epoch: string;
  readonly offset: number;
  readonly seenAt: string;
  /** Null where the channel is no more. */
  readonly headEpoch: string | null;
  readonly head: number;
}

const positionsStatement = `
select p.channel, p.device_id as "deviceId", p.transport, p.epoch, p."offset"::float8 as "offset",
  ${isoTime('p.seen_at')} as "seenAt", c.epoch as "headEpoch", coalesce(c.last_offset, 0)::float8 as head
from public.realtime_positions p left join public.realtime_channels c on c.name = p.channel
where p.user_id = $1 and ($2::text is null or p.channel = $2) order by p.seen_at desc, p.channel limit $3`;

/** The latest first. */
export function readPositions(
  query: Query,
  userId: string,
  channel: string | null,
  limit: number,
): Promise<KeptPosition[]> {
  return query<KeptPosition>(positionsStatement, [userId, channel, limit]);
}
