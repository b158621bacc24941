import type { EventLog } from '../realtime/ports/event-log.ts';
import type { PresenceStore } from '../realtime/ports/presence-store.ts';
import type { Query } from './connection/open.ts';
import { claimDueFiles } from './files/due-files.ts';
import type { ClusterWatch } from './identity/cluster-watch.ts';
import type { Leases } from './leases/leases.ts';
import { prunePositions } from './operation/last-positions.ts';
import { pruneRuns } from './operation/process-runs.ts';
import { moveOutbox, takeUnreported } from './outbox/outbox-move.ts';
import { look } from './outbox/outbox-relay.ts';

/** Work on the database that a process does again and again, whatever there is to do. */
export interface Recurring<Deps> {
  readonly name: string;
  readonly run: (deps: Deps) => Promise<unknown>;
}

export interface EngineParts {
  readonly query: Query;
  readonly log: EventLog;
  readonly presence: PresenceStore;
  readonly leases: Leases;
  readonly cluster: ClusterWatch;
  /** A namespace of the log, and a few of its channels. */
  readonly namespace: string;
  readonly channels: readonly string[];
}

const retention = { ageMs: 7 * 86_400_000, count: 10_000 };

/**
 * The recurring statements of the engine. Each must read in proportion to the rows that are due, never to all rows: a
 * table grows until such a statement no longer ends in time, and then nothing is ever done again.
 */
export const recurringOfEngine: readonly Recurring<EngineParts>[] = [
  {
    name: 'retention by age, and idempotency keys',
    run: ({ log, namespace }) => log.prune(namespace, retention, 1_000, []),
  },
  {
    name: 'retention by count',
    run: ({ log, namespace, channels }) => log.prune(namespace, retention, 1_000, channels),
  },
  { name: 'names never published on', run: ({ log, channels }) => log.forgetUnused(channels, 1_000) },
  { name: 'comparison of heads', run: ({ log, channels }) => log.heads(channels) },
  { name: 'presence lease', run: ({ presence }) => presence.beat() },
  { name: 'expired leases', run: ({ leases }) => leases.sweep() },
  { name: 'what waits in the outbox and beside it', run: ({ query }) => look(query) },
  { name: 'outbox', run: ({ query }) => moveOutbox(query, 500) },
  { name: 'dead letters to report', run: ({ query }) => takeUnreported(query) },
  { name: 'positions of people who left', run: ({ query }) => prunePositions(query, 1_000) },
  { name: 'runs of processes', run: ({ query }) => pruneRuns(query, 1_000) },
  { name: 'files that are due', run: ({ query }) => claimDueFiles(query, 200) },
  { name: 'identity of the database', run: ({ cluster, query }) => cluster.check(query) },
];
