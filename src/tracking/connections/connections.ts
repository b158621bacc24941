import { writeInParts } from '../../db/log/divide.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import { eventsChannel } from '../channels.ts';
import { sendAwaiting } from '../deliveries/send-due.ts';
import { deviceTypes } from '../schema/connections.ts';
import type { Tracking } from '../tracking.ts';
import { qualityOf } from './connection-quality.ts';
import { type ConnectionRow, closeStale, writeConnections } from './connection-rows.ts';

export interface RecorderDeps extends Omit<Tracking, 'manager'> {
  readonly manager: RealtimeManager;
  readonly processId: string;
}

/** Between two writings of what is new, where nothing hurries. Milliseconds. */
const writeMs = 1_000;
/** From a change that others wait for to its writing: who changes meanwhile shares the statement. Milliseconds. */
const gatherMs = 50;
/** Between two measurements of every connection, and two looks for what dead processes left. Milliseconds. */
const measureMs = 30_000;
/** Rows of one statement. */
const rowsAtOnce = 500;
/**
 * Looks for what awaits somebody who has arrived. A transaction that was under way at the first may not have seen the
 * connection yet; between the last two lies a whole tick.
 */
const looksForAwaiting = 3;
/** Ended sessions that wait for a database that is away; those after leave no end. */
const maxWaiting = 10_000;

/** The name of the device of a session, where it gave none its own. */
export const deviceIdOf = ({ id, transport }: Session): string => transport.client?.deviceId ?? id;

/**
 * Keeps `websocket_connections`: a row for each session of the people whom the domain knows, and sends what awaited the
 * connection of a person. Everything is written in batches beside the sessions, which never wait for it. A poll is no
 * connection.
 */
export class ConnectionRecorder implements AsyncDisposable {
  readonly #deps: RecorderDeps;
  readonly #live = new Set<Session>();
  /** When sessions ended that are not written yet. */
  readonly #endedAt = new Map<Session, number>();
  #changed = new Set<Session>();
  /** People who may have something that awaits them, and how often that is looked for. */
  #arrived = new Map<string, number>();
  /** The sessions of the next tick. */
  #later = new Map<string, number>();
  #writing: Promise<void> | undefined;
  #gathering: Disposable | undefined;
  readonly #owned = new DisposableStack();

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
    const { manager, clock } = deps;
    this.#owned.use(manager.onIdentified((session) => this.#identified(session)));
    this.#owned.use(manager.onSubscription((session, wireName) => this.#subscribed(session, wireName)));
    this.#owned.use(manager.onSessionEnd((session) => this.#ended(session)));
    this.#owned.use(
      clock.every(writeMs, () => {
        for (const [userId, looks] of this.#later) this.#arrived.set(userId, looks);
        this.#later = new Map();
        void this.write();
      }),
    );
    this.#owned.use(clock.every(measureMs, () => void this.measure()));
  }

  /** Writes what changed since the last time. Never rejects: what cannot be written waits. */
  write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Asks every connection for a sign of life, and closes what other processes left without a word. Never rejects. */
  async measure(): Promise<void> {
    for (const session of this.#live) {
      session.transport.probe();
      this.#changed.add(session);
      if (session.principal && receives(session)) this.#arrived.set(session.principal.userId, 1);
    }
    try {
      await closeStale(this.#deps, this.#deps.processId);
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'connections of dead processes could not be closed; will retry');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#owned.dispose();
    this.#gathering?.[Symbol.dispose]();
    await this.#writing;
    await this.write();
  }

  #identified(session: Session): void {
    if (session.principal?.service || session.transport.gateway.name === 'polling') return;
    if (!this.#live.has(session)) session.transport.probe();
    this.#live.add(session);
    this.#changed.add(session);
  }

  #subscribed(session: Session, wireName: string): void {
    if (wireName !== eventsChannel || !this.#live.has(session)) return;
    this.#changed.add(session);
    if (session.principal && receives(session)) {
      this.#arrived.set(session.principal.userId, looksForAwaiting);
    }
    this.#writeSoon();
  }

  #ended(session: Session): void {
    if (!this.#live.delete(session)) return;
    if (this.#changed.size >= maxWaiting) return;
    this.#endedAt.set(session, this.#deps.clock.now());
    this.#changed.add(session);
    this.#writeSoon();
  }

  #writeSoon(): void {
    this.#gathering ??= this.#deps.clock.after(gatherMs, () => {
      this.#gathering = undefined;
      // A writing under way does not hold what has changed since.
      void Promise.resolve(this.#writing).then(() => this.write());
    });
  }

  async #writeAll(): Promise<void> {
    const { logger } = this.#deps;
    const changed = this.#changed;
    const arrived = this.#arrived;
    this.#changed = new Set();
    this.#arrived = new Map();
    try {
      await this.#writeRows(changed);
      await sendAwaiting(this.#deps, [...arrived.keys()]);
      for (const [userId, looks] of arrived) if (looks > 1) this.#later.set(userId, looks - 1);
    } catch (error) {
      for (const session of changed) this.#changed.add(session);
      for (const [userId, looks] of arrived) this.#arrived.set(userId, looks);
      logger.warn({ err: error, connections: changed.size }, 'connections not written yet; will retry');
    }
  }

  /** Takes out of `changed` what is written. */
  async #writeRows(changed: Set<Session>): Promise<void> {
    while (changed.size > 0) {
      const sessions = [...changed].slice(0, rowsAtOnce);
      const rows = sessions.flatMap((session) => this.#rowOf(session) ?? []);
      await writeInParts(
        rows,
        (part) => writeConnections(this.#deps, part),
        ({ id }, error) => this.#putAside(id, error),
      );
      for (const session of sessions) {
        changed.delete(session);
        if (session.closed) this.#endedAt.delete(session);
      }
    }
  }

  #putAside(clientId: string, error: unknown): void {
    this.#deps.measures?.count('rows_refused');
    this.#deps.logger.warn(
      { err: error, clientId },
      'the record of a connection was refused; it is left out',
    );
  }

  #rowOf(session: Session): ConnectionRow | undefined {
    const { principal, transport } = session;
    if (!principal) return undefined;
    const { client, roundTrips } = transport;
    const loss = roundTrips?.loss ?? 0;
    const deviceType = deviceTypes.find((each) => each === client?.deviceType) ?? 'unknown';
    return {
      id: session.id,
      userId: principal.userId,
      role: principal.role,
      tenants: principal.tenants,
      transport: transport.gateway.name,
      deviceId: deviceIdOf(session),
      deviceType,
      platform: client?.platform ?? null,
      processId: this.#deps.processId,
      connectedAt: new Date(session.openedAt).toISOString(),
      lastSeenAt: new Date(this.#heardAt(session)).toISOString(),
      latencyMs: roundTrips?.latencyMs ?? null,
      loss: roundTrips ? loss : null,
      quality: qualityOf(roundTrips?.latencyMs, loss),
      receivesEvents: receives(session),
      unheardSince: session.closed ? new Date(this.#unheardSince(session)).toISOString() : null,
      disconnectedAt: session.closed ? new Date(this.#endOf(session)).toISOString() : null,
      disconnectReason: session.closed ? (session.endReason ?? 'client') : null,
    };
  }

  #endOf(session: Session): number {
    return this.#endedAt.get(session) ?? this.#deps.clock.now();
  }

  #heardAt({ heardAt }: Session): number {
    const { clock } = this.#deps;
    return clock.now() - (clock.monotonic() - heardAt);
  }

  /** Returns the time after which a message may not have arrived. */
  #unheardSince(session: Session): number {
    const isLost = session.endReason === 'no_pong' || session.endReason === 'slow';
    return isLost ? this.#heardAt(session) : this.#endOf(session);
  }
}

const receives = ({ subscriptions, closed }: Session) => !closed && subscriptions.has(eventsChannel);
