import type { AuthPlugin } from '../auth/plugin.ts';
import type { Database } from '../db/connection/open.ts';
import type { LastPositions } from '../db/operation/last-positions.ts';
import type { PersonalData } from '../db/personal/personal-data.ts';
import type { Clock } from '../lib/clock.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Trail } from '../realtime/trail/trail.ts';
import type { ProcessNumbers } from './processes/model.ts';

/** The parts of a running server that an operator looks at. */
export interface OperateDeps {
  readonly auth: AuthPlugin;
  readonly database: Database;
  readonly manager: RealtimeManager;
  readonly trail: Trail;
  readonly positions: LastPositions;
  /** The places of people in the tables of the domains. */
  readonly personal: readonly PersonalData[];
  /** The zone of the deployment's days. */
  readonly timeZone: string;
  readonly clock: Clock;
  /** Rejects when the process cannot do its work now. */
  readonly checkReady: () => Promise<unknown>;
  /** The counters and histograms of this process. */
  readonly readNumbers: () => Promise<ProcessNumbers>;
}
