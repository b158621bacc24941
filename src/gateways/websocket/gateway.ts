import type { Server } from 'bun';
import type { Authenticator } from '../../auth/authenticator.ts';
import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { FrameId } from '../../protocol/client-frames.ts';
import { type ControlFrame, subprotocol } from '../../protocol/server-frames.ts';
import type { Limits } from '../../realtime/limits.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Delivery, Gateway } from '../../realtime/ports/transport.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Session } from '../../realtime/session.ts';
import { Connection } from './connection.ts';

/** Readers are looked over at most this often, in milliseconds, and only while somebody's bytes queue. */
const slowReaderCheckMs = 20;

export interface WebSocketGatewayDeps {
  readonly manager: RealtimeManager;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Native WebSocket sessions. Fan-out is Bun's topics: one call per publication, whatever the number of readers. */
export class WebSocketGateway implements Gateway {
  readonly name = 'websocket';
  readonly manager: RealtimeManager;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  #server: Server<unknown> | undefined;
  #checkingReaders = false;

  constructor(deps: WebSocketGatewayDeps) {
    this.manager = deps.manager;
    this.authenticator = deps.authenticator;
    this.limits = deps.limits;
    this.clock = deps.clock;
    this.logger = deps.logger.child({ name: 'websocket' });
  }

  /** The server whose topics carry the broadcasts; known once it listens. */
  attach(server: Server<unknown>): void {
    this.#server = server;
  }

  broadcast(channel: string, { text }: Delivery): void {
    // Compression must be refused by name: publish compresses by default, send does not.
    const state = this.#server?.publish(channel, text, false) ?? 0;
    // The worst reader's state. Never sent again on 0: the others have it, and the log repairs the one.
    if (state <= 0) this.suspectSlowReaders();
  }

  /** Somebody's bytes queue: soon, whoever lets more wait than the send buffer is disconnected (R4). */
  suspectSlowReaders(): void {
    if (this.#checkingReaders) return;
    this.#checkingReaders = true;
    this.clock.after(slowReaderCheckMs, () => {
      this.#checkingReaders = false;
      this.#disconnectSlowReaders();
    });
  }

  greeting(session: Session): ControlFrame {
    const warning =
      this.authenticator.mode === 'insecure' ? 'AUTH_MODE=insecure: identities are not verified.' : undefined;
    return {
      type: 'connected',
      clientId: session.id,
      timestamp: new Date(session.openedAt).toISOString(),
      protocol: subprotocol,
      heartbeatMs: this.limits.heartbeatMs,
      warning,
    };
  }

  /** Handles what the upgrade request says of its sender. A refusal is a frame and a close code: browsers see no more. */
  async identifyUpgrade(connection: Connection, request: Request): Promise<void> {
    try {
      const principal = await this.authenticator.fromUpgrade(request);
      if (principal) await this.identify(connection, principal);
    } catch (error) {
      const { code } = AppError.from(error);
      connection.fail(error);
      if (code === 'token_expired') connection.disconnect('expired');
      else if (code === 'invalid_token') connection.disconnect('invalid_token');
    }
  }

  async identify(connection: Connection, principal: Principal, id?: FrameId): Promise<void> {
    const { session } = connection;
    await this.manager.identify(session, principal);
    const { userId, role, expiresAt } = principal;
    connection.send({
      type: 'authenticated',
      id,
      clientId: session.id,
      userId,
      role,
      expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    });
  }

  logFailure(session: Session, error: AppError): void {
    const entry = { clientId: session.id, userId: session.principal?.userId, code: error.code };
    if (error.code === 'internal') this.logger.error({ ...entry, err: error.cause }, 'a frame failed');
    else this.logger.debug(entry, 'a frame was refused');
  }

  #disconnectSlowReaders(): void {
    let waiting = false;
    for (const { transport } of this.manager.sessions) {
      if (!(transport instanceof Connection) || transport.closing) continue;
      const bytes = transport.bufferedBytes;
      waiting ||= bytes > 0;
      if (bytes <= this.limits.sendBufferBytes) continue;
      this.logger.warn({ clientId: transport.session.id, bytes }, 'slow reader disconnected');
      transport.disconnect('slow');
    }
    if (waiting) this.suspectSlowReaders();
  }
}
