import type { Socket } from '../../../../clients/web/src/links/link.ts';
import type { Environment, Signal } from '../../../../clients/web/src/types.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

interface SentFrame {
  readonly type: string;
  readonly id?: string;
  readonly [field: string]: unknown;
}

/** One connection in the hands of a test. */
export interface Hand {
  readonly sent: readonly SentFrame[];
  isClosed: boolean;
  /** Opens it, with the greeting of a server. */
  open(): void;
  receive(frame: object): void;
  end(code: number): void;
}

/** The world of a client whose connections and clock a test moves. */
export interface HandWorld {
  readonly clock: ManualClock;
  /** The connections in the order in which they were dialled. */
  readonly hands: readonly Hand[];
  readonly environment: Partial<Environment>;
  /** The facts that the device tells of itself. */
  signal(signal: Signal): void;
}

export function byHand(): HandWorld {
  let report: (signal: Signal) => void = () => undefined;
  const clock = new ManualClock();
  const hands: Hand[] = [];
  const environment: Partial<Environment> = {
    now: () => clock.now(),
    random: () => 0,
    signals(given) {
      report = given;
      return () => undefined;
    },
    after(ms, run) {
      const alarm = clock.after(ms, run);
      return () => alarm[Symbol.dispose]();
    },
    socket() {
      const sent: SentFrame[] = [];
      const socket: Socket = {
        readyState: 1,
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (text) => sent.push(JSON.parse(text)),
        close() {
          hand.isClosed = true;
        },
      };
      const hand: Hand = {
        sent,
        isClosed: false,
        open() {
          socket.onopen?.();
          const timestamp = new Date(clock.now()).toISOString();
          hand.receive({ type: 'connected', clientId: 'c', timestamp, heartbeatMs: 25_000 });
        },
        receive: (frame) => socket.onmessage?.({ data: JSON.stringify(frame) }),
        end(code) {
          hand.isClosed = true;
          socket.onclose?.({ code, reason: '' });
        },
      };
      hands.push(hand);
      return socket;
    },
  };
  return { clock, hands, environment, signal: (signal) => report(signal) };
}
