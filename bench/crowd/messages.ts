import type { Done, Percentiles } from '../publications/messages.ts';

/** The protocol that the clients of a server speak. */
export type Dialect = 'native' | 'socket.io';

/** Sockets that connect, identify a user of their own, and subscribe. */
export interface Crowd {
  readonly sockets: number;
  /** Socket i subscribes to `perSocket` channels from number i × perSocket on, counted round `channels`. */
  readonly channels: number;
  readonly perSocket: number;
  /** The number of the first channel; other numbers are also other users. */
  readonly firstChannel?: number;
  /** The number of the first socket, of a process that is not the only one with clients. */
  readonly firstSocket?: number;
  /** Each socket subscribes to the personal channel of its user instead. */
  readonly personal?: true;
}

/** The requests to the process with the clients. */
export type CrowdRequest =
  | { readonly ask: 'enter'; readonly place: CrowdPlace; readonly crowd: Crowd }
  | { readonly ask: 'churn'; readonly place: CrowdPlace; readonly work: ChurnWork }
  | { readonly ask: 'call'; readonly ports: readonly number[]; readonly work: CallWork }
  | { readonly ask: 'hear'; readonly frames: number }
  | { readonly ask: 'sustain'; readonly place: CrowdPlace; readonly work: SustainWork }
  | { readonly ask: 'leave' };

export interface CrowdPlace {
  readonly port: number;
  readonly dialect: Dialect;
}

/** So many sockets a second connect, identify a user, subscribe to one channel, and close. */
export interface ChurnWork {
  readonly sockets: number;
  readonly perSecond: number;
}

export interface Churned extends Done {
  /** From the first byte sent to the answer to the subscribe, in milliseconds. */
  readonly ready: Percentiles;
}

/**
 * Publications by HTTP in a closed loop, to `channels` channels in turn; `readers` of each are waited for, in all
 * processes with clients together.
 */
export interface CallWork {
  readonly callers: number;
  readonly publications: number;
  readonly channels: number;
  readonly firstChannel?: number;
  readonly readers: number;
}

/** Publications by HTTP at an even rate on channel 0, to all sockets that have entered. */
export interface SustainWork {
  readonly perSecond: number;
  readonly publications: number;
  /** From the call to the arrival, for 99 of 100 deliveries. Milliseconds. */
  readonly withinMs: number;
}

export interface Sustained {
  readonly keepsUp: boolean;
}

/** The cost of a server, beside what its clients saw. */
export type Costly<Seen> = Seen & { readonly cpu: number };
