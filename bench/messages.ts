/** What the bench asks its child processes over IPC, and what they answer. */

/** Said by a server once, unasked, when it listens. */
export interface Listening {
  readonly port: number;
}

export type ServerRequest = { readonly ask: 'cpu' } | { readonly ask: 'memory' };

/** CPU time of the whole process since its start, in microseconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** Resident memory after garbage was collected, in bytes. */
export interface Memory {
  readonly rss: number;
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
