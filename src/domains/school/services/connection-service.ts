import { and, desc, eq, isNull } from 'drizzle-orm';
import { AppError } from '../../../errors.ts';
import type { RealtimeManager } from '../../../realtime/manager.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { eventsChannel } from '../../../tracking/channels.ts';
import { withPrincipal } from '../../../tracking/principal.ts';
import { websocketConnections } from '../../../tracking/schema/connections.ts';
import { nowOf, type Tracking } from '../../../tracking/tracking.ts';

const most = 50;

/** Whispers to every live device of the caller, and says which connections of theirs are recorded. */
export async function testConnection(tracking: Tracking, manager: RealtimeManager, principal: Principal) {
  if (principal.service) throw new AppError('forbidden', 'A service has no devices: call as a person.');
  const { userId } = principal;
  const timestamp = nowOf(tracking);
  const channel = await manager.namespaces.readable(eventsChannel, principal);
  manager.whisper({ channel, type: 'connection_test', data: { timestamp } });
  const delivered = manager.channels.get(channel.name)?.subscribers.size ?? 0;
  const { id, tenantId: schoolId, transport, deviceId, deviceType, platform } = websocketConnections;
  const { latencyMs, loss, quality, connectedAt } = websocketConnections;
  const shown = {
    id,
    schoolId,
    transport,
    deviceId,
    deviceType,
    platform,
    latencyMs,
    loss,
    quality,
    connectedAt,
  };
  const connections = await withPrincipal(tracking, principal, (tx) =>
    tx
      .select(shown)
      .from(websocketConnections)
      .where(and(eq(websocketConnections.userId, userId), isNull(websocketConnections.disconnectedAt)))
      .orderBy(desc(connectedAt))
      .limit(most),
  );
  return { success: true, delivered, connections, timestamp } as const;
}

/** R6: resolves once a publication of its own came the whole way. Throws where events do not travel. */
export async function healthOf(tracking: Tracking, manager: RealtimeManager) {
  await manager.checkReady();
  const { size: connections } = manager.sessions;
  return { success: true, status: 'ok', connections, timestamp: nowOf(tracking) } as const;
}
