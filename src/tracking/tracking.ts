import type { Database } from '../db/connection/open.ts';
import type { Publisher } from '../db/publisher.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Measures } from './statistics/measures.ts';

/** The dependencies of every function of tracking; each domain that tracks events has its own. */
export interface Tracking {
  readonly database: Database;
  readonly publisher: Pick<Publisher, 'transaction' | 'publishBy' | 'checkSize' | 'snapshot'>;
  /** The channels that have readers in this process; none where nobody is served. */
  readonly channels?: RealtimeManager['channels'];
  /**
   * The view that says who belongs where, `school.members`; its name is ours, never a caller's. It has (user_id text,
   * role text, tenant_id text, addressed boolean, supervises boolean): a row for each person and tenant, `tenant_id`
   * null for those of none. What goes to the people of a tenant goes to the `addressed`; the others see it at most.
   * Who `supervises` sees all events, deliveries, connections and activity of the tenant. `tambuli_app` may select it.
   */
  readonly members: string;
  /**
   * The methods that this deployment has, `websocket` among them. Events escalate to these alone; to all of their type
   * where it is left out.
   */
  readonly methods?: readonly string[];
  /** Counts and times what happens here, where somebody wants to know. */
  readonly measures?: Measures;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The present time by the clock given, as SQL and JSON read it. */
export const nowOf = ({ clock }: Pick<Tracking, 'clock'>): string => new Date(clock.now()).toISOString();
