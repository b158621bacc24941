/** The requests of the bench to its child processes over IPC, and their replies. */

/** Said by a server once, unasked, when it listens. */
export interface Listening {
  readonly port: number;
}

export type ServerRequest =
  | { readonly ask: 'cpu' }
  | { readonly ask: 'memory' }
  | { readonly ask: 'append'; readonly work: AppendWork }
  | { readonly ask: 'reads' }
  | { readonly ask: 'broadcast'; readonly work: BroadcastWork };

/** CPU time of the whole process since its start, in microseconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** Resident memory after garbage was collected, in bytes. */
export interface Memory {
  readonly rss: number;
  /** Live sessions, of a server that can tell. */
  readonly sessions?: number;
}

/** Publications made inside the server on channel 0: all at once, or so many a second. */
export interface BroadcastWork {
  readonly publications: number;
  readonly perSecond?: number;
}

export type TransportName = 'websocket' | 'sse' | 'socket.io' | 'socket.io polling' | 'long poll';

/** The requests to clients that do nothing but read channel 0. */
export type ReadersRequest =
  | {
      readonly ask: 'enter';
      readonly port: number;
      readonly transport: TransportName;
      readonly count: number;
    }
  | { readonly ask: 'expect'; readonly items: number }
  | { readonly ask: 'leave' };

/** Publications made inside the server: each of `callers` publishes `batch` at a time and waits, until all are made. */
export interface AppendWork {
  readonly channel: number;
  readonly publications: number;
  readonly callers: number;
  readonly batch: number;
}

export interface AppendDone {
  readonly seconds: number;
  /** The position of the last publication: epoch:offset. */
  readonly position: string;
}

/** Reads of publications from the log since the server's start. */
export interface Reads {
  readonly reads: number;
}

/**
 * Socket i subscribes to the `perSocket` channels from number i × perSocket on, counted round `channels` and from
 * `firstChannel`.
 */
export interface Audience {
  readonly sockets: number;
  readonly firstChannel: number;
  readonly channels: number;
  readonly perSocket: number;
}

export type ClientRequest =
  | {
      readonly ask: 'connect';
      readonly port: number;
      readonly audience: Audience;
      readonly publishers: number;
    }
  | { readonly ask: 'publish'; readonly work: PublishWork }
  | { readonly ask: 'ping'; readonly pings: number }
  | { readonly ask: 'recover'; readonly port: number; readonly work: RecoverWork }
  | { readonly ask: 'post'; readonly ports: readonly number[]; readonly work: PostWork }
  | { readonly ask: 'latency'; readonly port: number; readonly work: LatencyWork }
  | { readonly ask: 'disconnect' };

export interface PublishWork {
  readonly publications: number;
  /** They go to these channels in turn: the first publication to `firstChannel`, the next to the one after it. */
  readonly channels: number;
  readonly firstChannel: number;
  readonly subscribersPerChannel: number;
  /** Publications a second, sent without waiting; absent: each publisher waits for its answer (closed loop). */
  readonly perSecond?: number;
}

/** HTTP requests in a closed loop over kept connections. */
export interface PostWork {
  readonly path: string;
  readonly body: string;
  readonly callers: number;
  readonly requests: number;
}

/** Publications by HTTP at an even rate, each heard by one subscriber of the same process. */
export interface LatencyWork {
  readonly channel: number;
  readonly perSecond: number;
  readonly publications: number;
}

/** Milliseconds. */
export interface Latencies {
  /** From the time the database gave the publication, which it cuts to whole milliseconds. */
  readonly sinceCommit: Percentiles;
  readonly sinceCall: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** New sessions that subscribe with a position, `missed` publications behind. */
export interface RecoverWork {
  readonly sessions: number;
  readonly channel: number;
  readonly since: string;
  readonly missed: number;
}

export interface Recovered {
  /** From the first connect to the last session identified. */
  readonly connecting: number;
  /** From the first subscribe to the last publication received. */
  readonly seconds: number;
  readonly bytes: number;
}

/** Everything asked for was answered and delivered. */
export interface Done {
  readonly seconds: number;
  /** CPU time the client itself spent, in microseconds: near `seconds` it would be what is measured. */
  readonly clientCpu: number;
}

export const channelName = (number: number) => `bench:${number}`;

/** The row that travels: about what a hearing with its case has. */
export const row = {
  id: 123,
  blotterReportId: 456,
  hearingDate: '2025-12-01',
  hearingTime: '09:30',
  location: 'Barangay Hall, Session Room 2',
  purpose: 'Mediation',
  status: 'scheduled',
  notes: 'Both parties were called by phone',
};
