import type { Clock } from '../../../lib/clock.ts';
import type { EngineWebSocket, SocketUser } from './web-socket.ts';

/** The connection that goes from polling to WebSocket. */
interface Upgrading {
  /** Ends the poll that waits with nothing in it: the client sends the upgrade when no poll is under way. */
  endPoll(): void;
  /** From now on the connection uses the socket. */
  upgraded(socket: EngineWebSocket): void;
  /** The upgrade was given up, and the connection goes on by polling. */
  staysPolling(): void;
}

/** Given to a client between its WebSocket and the packet that ends its polling, in milliseconds. */
const upgradeTimeoutMs = 10_000;
/** Between two looks for a poll that began meanwhile, in milliseconds. */
const pollCheckMs = 100;

/** A WebSocket beside a connection that still polls: probe, its answer, then the packet that takes the socket over. */
export class Upgrade implements SocketUser {
  readonly #connection: Upgrading;
  readonly #socket: EngineWebSocket;
  readonly #clock: Clock;
  readonly #timeout: Disposable;
  /** From the probe on. */
  #polls: Disposable | undefined;

  constructor(connection: Upgrading, socket: EngineWebSocket, clock: Clock) {
    this.#connection = connection;
    this.#socket = socket;
    this.#clock = clock;
    this.#timeout = clock.after(upgradeTimeoutMs, () => this.#giveUp());
    socket.user = this;
  }

  take(packet: string | Uint8Array): void {
    if (packet === '2probe' && !this.#polls) {
      this.#socket.send('3probe');
      this.#connection.endPoll();
      this.#polls = this.#clock.every(pollCheckMs, () => this.#connection.endPoll());
    } else if (packet === '5' && this.#polls) {
      this.#stop();
      this.#connection.upgraded(this.#socket);
    } else {
      this.#giveUp();
    }
  }

  drained(): void {
    // The one packet that is sent before the upgrade is over fits any buffer.
  }

  lost(): void {
    this.#stop();
    this.#connection.staysPolling();
  }

  /** The connection has ended. */
  end(): void {
    this.#stop();
    this.#socket.end();
  }

  #giveUp(): void {
    this.end();
    this.#connection.staysPolling();
  }

  #stop(): void {
    this.#timeout[Symbol.dispose]();
    this.#polls?.[Symbol.dispose]();
  }
}
