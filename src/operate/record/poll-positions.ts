import type { LastPositions } from '../../db/operation/last-positions.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Position } from '../../protocol/wire/position.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Principal } from '../../realtime/principal.ts';

interface Deps {
  readonly manager: RealtimeManager;
  readonly positions: LastPositions;
  readonly clock: Clock;
}

/** Remembers the position of every poll as that of a device: its caller is connected for the moment alone. */
export function pollPositions({ manager, positions, clock }: Deps) {
  return (principal: Principal, wireName: string, { epoch, offset }: Position): void => {
    if (principal.service) return;
    const { name: channel } = manager.namespaces.resolve(wireName, principal);
    const by = { userId: principal.userId, deviceId: 'polling', transport: 'polling' };
    positions.note({ channel, ...by, epoch, offset, seenAt: clock.now() });
  };
}
