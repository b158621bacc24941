import { edenGC } from 'bun:jsc';
import { hostname } from 'node:os';
import manifest from '../package.json' with { type: 'json' };
import { openBroker } from './brokers/open.ts';
import type { Config, Secrets } from './config/settings.ts';
import { Leases } from './db/leases/leases.ts';
import { PostgresEventLog } from './db/log/event-log.ts';
import type { LastPositions } from './db/operation/last-positions.ts';
import type { Moved } from './db/outbox/outbox-move.ts';
import { type OutboxRelay, reportDeadLetters, startOutboxRelay } from './db/outbox/outbox-relay.ts';
import { PostgresPresenceStore } from './db/presence/presence-store.ts';
import { Publisher } from './db/publisher.ts';
import { PostgresRevocations } from './db/revocations.ts';
import type { Ports } from './extension/ports.ts';
import type { Metrics } from './gateways/operations/metrics.ts';
import type { Clock } from './lib/clock.ts';
import { EarlyCollection } from './lib/early-collection.ts';
import { Idleness } from './lib/idleness.ts';
import { componentLogger, type Logger } from './logger.ts';
import { type OperatorRecord, openRecord } from './operate/record/open.ts';
import type { Namespace } from './realtime/channels/namespace.ts';
import { RealtimeManager } from './realtime/manager.ts';
import { createMemoryPresence } from './realtime/memory/presence-store.ts';
import type { EventLog } from './realtime/ports/event-log.ts';
import { presenceLeaseMs } from './realtime/ports/presence-store.ts';
import type { Telemetry } from './realtime/ports/telemetry.ts';
import { Pruner } from './realtime/pruner.ts';
import { startSweep } from './realtime/sessions/sweep.ts';
import { Trail } from './realtime/trail/trail.ts';
import type { Storage } from './storage.ts';

export interface EngineOptions {
  readonly ports: Ports;
  readonly config: Config;
  readonly secrets: Secrets;
  readonly storage: Storage;
  readonly namespaces: readonly Namespace[];
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createId: () => string;
}

export interface Engine {
  /** The log in Postgres. */
  readonly log: PostgresEventLog;
  /** The log of the manager: that in Postgres, or the application's. */
  readonly eventLog: EventLog;
  readonly manager: RealtimeManager;
  readonly publisher: Publisher;
  readonly leases: Leases;
  readonly idleness: Idleness;
  /** The latest events of this process, for operators. */
  readonly trail: Trail;
  readonly positions: LastPositions;
  /** The id of this process, as in `realtime_processes`. */
  readonly processId: string;
}

/** Between two looks at the outbox and at what waits beside it, with somebody to be told and without. Milliseconds. */
const lookMs = 50;
const quietLookMs = 5_000;
/** Between two looks for what is over its retention. Milliseconds. */
const pruneMs = 60_000;
/** Within which presence makes up for signals that were lost. Milliseconds. */
const presenceRefreshMs = 60_000;

/** Log, broker and manager, and what runs beside them: outbox relay, pruning, comparison of heads, sweep. */
export async function openEngine(options: EngineOptions, opened: AsyncDisposableStack): Promise<Engine> {
  const { config, storage, metrics, logger, createId, ports } = options;
  const { database, directUrl, cluster } = storage;
  let relay: OutboxRelay | undefined;
  let record: OperatorRecord | undefined;
  const idleness: Idleness = opened.use(
    new Idleness({
      clock: options.clock,
      sleepMs: config.idleSleepMs,
      sessions: () => manager.sessions.size,
      onServed: () => relay?.look(),
      onAsleep: () => {
        logger.info('nobody is served: asleep, without a connection to the database, until the next request');
        const noted = record?.run.sleep() ?? Promise.resolve();
        void noted.then(() => {
          if (idleness.isAsleep) database.rest(true);
        });
      },
      onAwake: async () => {
        database.rest(false);
        void record?.run.beat();
        const caughtUp = [relay?.catchUp(), beat(), manager.catchUp()];
        // A failure is one of the database, which the relay and the request itself report.
        for (const each of await Promise.allSettled(caughtUp)) {
          if (each.status === 'rejected') logger.debug({ err: each.reason }, 'awake without the database');
        }
      },
    }),
  );
  // Work beside the sessions stands still while the process sleeps.
  const { clock } = idleness;
  const log = new PostgresEventLog(database, {
    maxDataBytes: config.limits.publicationBytes,
    timestampZone: config.timestampZone,
    onRelayed: (moved) => relayed(moved),
    onFlush: (publications, ms) => metrics.appended(publications, ms),
  });
  const kept = ports.eventLog ?? log;
  const connectBroker =
    ports.broker ??
    (await openBroker({
      kind: config.broker,
      redisUrl: options.secrets.redisUrl,
      query: database.query,
      databaseUrl: directUrl,
      databaseDriver: config.database.driver,
      rest: idleness,
      log: componentLogger(logger, 'broker'),
      // A Redis is asked for signs of life during the sleep too.
      clock: config.broker === 'redis' ? options.clock : clock,
      createId,
    }));
  const processId = createId();
  const alone = ports.broker === undefined && config.broker === 'memory';
  const presence = opened.use(
    ports.presence ??
      (alone
        ? createMemoryPresence({ clock })()
        : new PostgresPresenceStore({ query: database.query, id: processId })),
  );
  const trail = new Trail(clock, componentLogger(logger, 'realtime'));
  const manager: RealtimeManager = opened.use(
    new RealtimeManager({
      log: kept,
      connectBroker,
      presence,
      revocations: new PostgresRevocations(database.query),
      namespaces: options.namespaces,
      limits: config.limits,
      clock,
      logger: componentLogger(logger, 'realtime'),
      telemetry: both(metrics, trail),
      onPublished: (channel) => pruner.note(channel),
      createId,
    }),
  );
  const pruner = new Pruner({
    log: kept,
    retentions: manager.namespaces.retentions(config.retention),
    idle: () => manager.channels.unpublished(),
    logger: componentLogger(logger, 'retention'),
  });
  metrics.watch(manager);
  const relayLog = componentLogger(logger, 'relay');
  const relayed = (moved: Moved) => {
    metrics.relayed(moved.publications.length);
    metrics.relayLag(moved.lagMs);
    reportDeadLetters(moved.dead, relayLog);
    manager.announce(moved.publications);
  };
  const { segments } = manager.namespaces;
  const publisher = new Publisher({ database, log, manager });
  const leases = opened.use(
    new Leases({ database, publisher, manager, clock, logger: componentLogger(logger, 'leases') }),
  );
  const early = new EarlyCollection(edenGC);
  const onIdentified = () => {
    idleness.touch();
    early.came();
  };
  opened.use(manager.onIdentified(onIdentified));
  const onLeaseOver = () => void leases.sweep();
  // The relay moves what SQL publishes into the log in Postgres.
  if (kept === log) {
    const intervalMs = () => (idleness.isQuiet ? quietLookMs : lookMs);
    const watched = { onMoved: relayed, onLeaseOver, intervalMs };
    relay = opened.use(
      startOutboxRelay({ database, namespaces: segments, ...watched, clock, log: relayLog }),
    );
  } else {
    opened.use(clock.every(quietLookMs, onLeaseOver));
  }
  const every = (ms: number, run: () => void) => void opened.use(clock.every(ms, run));
  every(pruneMs, () => void pruner.run());
  record = await openRecord(
    {
      ...{ manager, trail, clock, every },
      query: database.query,
      logger: componentLogger(logger, 'operate'),
      facts: { id: processId, version: manifest.version, host: hostname(), pid: process.pid },
    },
    opened,
  );
  await manager.start();
  cluster.onRenewed(() => void manager.checkHeads());
  const beat = async () => {
    // A failure is one of the database, which everything else reports.
    await cluster
      .check(database.query)
      .catch((error) => componentLogger(logger, 'cluster').debug({ err: error }, 'identity not compared'));
    await manager.beat();
  };
  every(presenceLeaseMs / 3, () => void beat());
  every(presenceRefreshMs, () => manager.presence.refresh());
  every(config.headCheckMs, () => void manager.checkHeads());
  opened.use(startSweep(options.clock, config.limits.heartbeatMs, (lateMs) => manager.sweep(lateMs)));
  const { positions } = record;
  return { log, eventLog: kept, manager, publisher, leases, idleness, trail, positions, processId };
}

/** Counts what happens, and remembers it. */
function both(metrics: Metrics, trail: Trail): Telemetry {
  return {
    delivered(sessions, lagMs, publication) {
      metrics.delivered(sessions, lagMs);
      trail.delivered(sessions, publication);
    },
    settled: (lagMs) => metrics.settled(lagMs),
    published(count, publications) {
      metrics.published(count);
      for (const each of publications) trail.published(each);
    },
    refused(code, about) {
      metrics.refused(code);
      trail.refused(code, about);
    },
    gapRepaired: (publications) => metrics.gapRepaired(publications),
    recovered: (outcome) => metrics.recovered(outcome),
    disconnected: (reason) => metrics.disconnected(reason),
  };
}
