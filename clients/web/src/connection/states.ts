import type { Fault } from '../errors.ts';
import type { ServerFrame } from '../links/link.ts';

/**
 * `idle`: nobody asked for a connection. `waiting`: for `due`. `authorizing`: for a token. `opening`: for the first frame.
 * `open`: frames come. `checking`: a ping waits for any frame. `sleeping`: the device is in the background. `stopped`: the
 * server, or `getToken`, said that coming back is of no use.
 */
export type Phase =
  | 'idle'
  | 'waiting'
  | 'authorizing'
  | 'opening'
  | 'open'
  | 'checking'
  | 'sleeping'
  | 'stopped';

export interface State {
  readonly phase: Phase;
  /** Index into the transports in use. */
  readonly transport: number;
  /** Attempts since a publication was delivered; the pauses grow with it. */
  readonly attempt: number;
  /** Refusals of the token in a row. */
  readonly denials: number;
  /** Checks in a row whose timer came too late to judge by. */
  readonly late: number;
  readonly openedAt: number;
  /** Connections in a row that died without a frame, or streams that ended within a second. */
  readonly poor?: number;
  /** Whether this connection has delivered a frame beside the greeting. */
  readonly heard?: boolean;
  readonly lastHeardAt?: number;
  /** When the phase ends by itself, on the wall clock. */
  readonly due?: number | undefined;
  /** The device is in the background: a lost connection is not replaced. */
  readonly asleep?: boolean;
  readonly fault?: Fault | undefined;
}

export type MachineEvent =
  | { readonly type: 'connect' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'token' }
  /** No token can be had; `isDenied`: the server does not take the one at hand. */
  | { readonly type: 'refused'; readonly fault: Fault; readonly forGood: boolean; readonly isDenied: boolean }
  | { readonly type: 'frame'; readonly kind: ServerFrame['type'] | 'publication' | 'other' }
  | Closed
  | { readonly type: 'due' }
  /** By the first transport: it proved itself, or another tab has the connection now. */
  | { readonly type: 'restart' }
  | { readonly type: 'wake' }
  | { readonly type: 'sleep'; readonly hangUp: boolean };

export interface Closed {
  readonly type: 'closed';
  readonly code: number;
  readonly fault: Fault;
}

export type EventType = MachineEvent['type'];

/** `token`: get one, then report. `dial`: open the transport. `hangUp`: close it. `ping`: ask for a frame. */
export type Effect = 'token' | 'dial' | 'hangUp' | 'ping';

export interface Surroundings {
  /** Milliseconds on the wall clock. */
  readonly now: number;
  /** From 0 to 1, 1 excluded. */
  readonly random: number;
  /** Longest silence before the server is asked for a sign of life. */
  readonly silenceMs: number;
  /** Another tab has the connection: its greeting may be long in coming. */
  readonly follows?: boolean | undefined;
  /** Decides which transport is next, where there are several. */
  readonly judge?: ((state: State, closed: Closed, now: number) => Partial<State>) | undefined;
}
