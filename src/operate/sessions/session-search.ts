import type { Clock } from '../../lib/clock.ts';
import { formatPosition } from '../../protocol/wire/position.ts';
import type { LiveChannel } from '../../realtime/channels/live-channel.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import { positionOfLive } from '../../realtime/sessions/told-positions.ts';
import type { SessionDetail, SessionItem, SessionQuery } from './model.ts';

interface Deps {
  readonly manager: RealtimeManager;
  readonly clock: Clock;
}

export type SessionFilter = Omit<SessionQuery, 'cursor'> & {
  /** Only sessions with a larger id: the page before ended there. */
  readonly after?: string | undefined;
};

export interface FoundSessions {
  readonly matching: number;
  /** Those with the smallest ids, one more than the limit where there are more. */
  readonly sessions: readonly SessionItem[];
}

/** The sessions of this process that match, by id: one pass over all of them. */
export function findSessions(deps: Deps, filter: SessionFilter): FoundSessions {
  const live = filter.channel === undefined ? undefined : deps.manager.channels.get(filter.channel);
  if (filter.channel !== undefined && !live) return { matching: 0, sessions: [] };
  let matching = 0;
  let found: Session[] = [];
  const most = filter.limit + 1;
  for (const session of deps.manager.sessions) {
    if (!matches(session, filter, live)) continue;
    matching += 1;
    if (filter.after !== undefined && session.id <= filter.after) continue;
    found.push(session);
    // Sessions that cannot be on the page are let go of from time to time.
    if (found.length >= 4 * most) found = smallest(found, most);
  }
  return { matching, sessions: smallest(found, most).map((session) => viewOf(deps, session)) };
}

export function findSession({ manager }: Pick<Deps, 'manager'>, id: string): Session | undefined {
  for (const session of manager.sessions) if (session.id === id) return session;
  return undefined;
}

/** A session with the channels that it reads. */
export function detailOf(deps: Deps, session: Session): SessionDetail {
  const times = { now: deps.clock.now(), monotonic: deps.clock.monotonic() };
  const reads = [...session.subscriptions].map(([channel, live]) => {
    const position = positionOfLive(session, live, times);
    const told = session.told?.get(channel);
    const began = live.subscribers.get(session) ?? live.position.offset;
    const sent = Math.max(0, live.position.offset - began);
    return {
      channel,
      log: live.name,
      position: formatPosition(position),
      behind: Math.max(0, live.position.offset - position.offset),
      sent,
      sentBytes: Math.round(sent * live.meanLength),
      by: position.by,
      toldAt: told ? new Date(told.at).toISOString() : null,
    };
  });
  return { ...viewOf(deps, session), reads };
}

function matches(
  { principal, transport, subscriptions }: Session,
  { user, transport: name, version }: SessionFilter,
  live: LiveChannel | undefined,
): boolean {
  if (user !== undefined && principal?.userId !== user) return false;
  if (name !== undefined && transport.gateway.name !== name) return false;
  if (version !== undefined && transport.client?.version !== version) return false;
  return live === undefined || subscriptions.get(live.wireName) === live;
}

function smallest(sessions: readonly Session[], count: number): Session[] {
  return sessions.toSorted((one, other) => (one.id < other.id ? -1 : 1)).slice(0, count);
}

function viewOf({ manager, clock }: Deps, session: Session): SessionItem {
  const { principal, transport } = session;
  const { client, roundTrips, bufferedBytes = 0 } = transport;
  const heardAt = clock.now() - (clock.monotonic() - session.heardAt);
  return {
    id: session.id,
    processId: manager.peers.processId,
    userId: principal?.userId ?? null,
    role: principal?.role ?? null,
    tenants: [...(principal?.tenants ?? [])],
    transport: transport.gateway.name,
    deviceId: client?.deviceId ?? null,
    deviceType: client?.deviceType ?? null,
    platform: client?.platform ?? null,
    version: client?.version ?? null,
    openedAt: new Date(session.openedAt).toISOString(),
    heardAt: new Date(heardAt).toISOString(),
    expiresAt: principal?.expiresAt === undefined ? null : new Date(principal.expiresAt).toISOString(),
    subscriptions: session.subscriptions.size,
    waitingBytes: bufferedBytes,
    roundTripMs: roundTrips?.latencyMs ?? null,
    loss: roundTrips?.loss ?? null,
  };
}
