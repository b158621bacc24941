import type { Query } from '../../db/connection/connection.ts';
import { LastPositions } from '../../db/operation/last-positions.ts';
import { type ProcessFacts, ProcessRunRecord, runBeatMs } from '../../db/operation/process-runs.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import { positionAtEnd } from '../../realtime/sessions/told-positions.ts';
import type { Trail } from '../../realtime/trail/trail.ts';

export interface RecordDeps {
  readonly manager: RealtimeManager;
  readonly trail: Trail;
  readonly query: Query;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly facts: ProcessFacts;
  /** Runs work again and again, of a process that serves nobody less often. */
  readonly every: (ms: number, run: () => void) => void;
}

/** The parts of a process that it writes down for operators. */
export interface OperatorRecord {
  readonly positions: LastPositions;
  readonly run: ProcessRunRecord;
}

/** Between two looks for what is too old. Milliseconds. */
const pruneMs = 60_000;

/** Starts what a process writes down for operators, and lets the other processes ask it. */
export async function openRecord(deps: RecordDeps, opened: AsyncDisposableStack): Promise<OperatorRecord> {
  const { manager, trail, query, clock, logger, facts, every } = deps;
  opened.use(trail.watch(manager));
  const positions = opened.use(new LastPositions({ query, clock, logger }));
  opened.use(
    manager.onSubscription((session, _wireName, live, change) => {
      const { principal, transport } = session;
      if (change !== 'ended' || !principal || principal.service || transport.gateway.name === 'polling')
        return;
      const now = clock.now();
      const { epoch, offset } = positionAtEnd(session, live, { now, monotonic: clock.monotonic() });
      positions.note({
        channel: live.name,
        userId: principal.userId,
        deviceId: transport.client?.deviceId ?? '',
        transport: transport.gateway.name,
        epoch,
        offset,
        seenAt: now,
      });
    }),
  );
  const run = opened.use(new ProcessRunRecord(query, facts, logger));
  void run.beat();
  every(runBeatMs, () => void run.beat());
  every(pruneMs, () => {
    void positions.prune();
    void run.prune();
  });
  await manager.peers.start(facts.id);
  return { positions, run };
}
