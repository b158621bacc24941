import type { RealtimeManager } from '../realtime/manager.ts';
import type { Session } from '../realtime/session.ts';
import { qualityOf } from './connection-quality.ts';
import { type ConnectionRow, closeStale, writeConnections } from './connection-rows.ts';
import { deviceTypes } from './schema/connections.ts';
import type { Tracking } from './tracking.ts';

export interface RecorderDeps extends Omit<Tracking, 'manager'> {
  readonly manager: RealtimeManager;
  readonly processId: string;
}

/** Between two writings of what is new. Milliseconds. */
const writeMs = 1_000;
/** Between two measurements of every connection, and two looks for what dead processes left. Milliseconds. */
const measureMs = 30_000;
/** Rows of one statement. */
const rowsAtOnce = 500;
/** Ended sessions that wait for a database that is away; those after leave no end. */
const maxWaiting = 10_000;

/** The name of the device of a session, where it gave none its own. */
export const deviceIdOf = ({ id, transport }: Session): string => transport.client?.deviceId ?? id;

/**
 * Keeps `websocket_connections`: a row for each session of the people whom the domain knows. Everything is written in
 * batches beside the sessions, which never wait for it. A poll is no connection.
 */
export class ConnectionRecorder implements AsyncDisposable {
  readonly #deps: RecorderDeps;
  readonly #live = new Set<Session>();
  #changed = new Set<Session>();
  #writing: Promise<void> | undefined;
  readonly #owned = new DisposableStack();

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
    const { manager, clock } = deps;
    this.#owned.use(manager.onIdentified((session) => this.#identified(session)));
    this.#owned.use(manager.onSessionEnd((session) => this.#ended(session)));
    this.#owned.use(clock.every(writeMs, () => void this.write()));
    this.#owned.use(clock.every(measureMs, () => void this.measure()));
  }

  /** Writes what changed since the last time. Never rejects: what cannot be written waits. */
  write(): Promise<void> {
    this.#writing ??= this.#writeChanged().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Asks every connection for a sign of life, and closes what other processes left without a word. Never rejects. */
  async measure(): Promise<void> {
    for (const session of this.#live) {
      session.transport.probe();
      this.#changed.add(session);
    }
    try {
      await closeStale(this.#deps, this.#deps.processId);
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'connections of dead processes not closed yet');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#owned.dispose();
    await this.#writing;
    await this.write();
  }

  #identified(session: Session): void {
    if (session.principal?.service || session.transport.gateway.name === 'polling') return;
    if (!this.#live.has(session)) session.transport.probe();
    this.#live.add(session);
    this.#changed.add(session);
  }

  #ended(session: Session): void {
    if (!this.#live.delete(session)) return;
    if (this.#changed.size < maxWaiting) this.#changed.add(session);
  }

  async #writeChanged(): Promise<void> {
    const changed = this.#changed;
    this.#changed = new Set();
    try {
      while (changed.size > 0) {
        const sessions = [...changed].slice(0, rowsAtOnce);
        await writeConnections(
          this.#deps,
          sessions.flatMap((session) => this.#rowOf(session) ?? []),
        );
        for (const session of sessions) changed.delete(session);
      }
    } catch (error) {
      for (const session of changed) this.#changed.add(session);
      this.#deps.logger.warn({ err: error, connections: changed.size }, 'connections not written yet');
    }
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
      lastSeenAt: new Date(session.heardAt).toISOString(),
      latencyMs: roundTrips?.latencyMs ?? null,
      loss: roundTrips ? loss : null,
      quality: qualityOf(roundTrips?.latencyMs, loss),
      disconnectedAt: session.closed ? new Date(this.#deps.clock.now()).toISOString() : null,
      disconnectReason: session.closed ? (session.endReason ?? 'client') : null,
    };
  }
}
