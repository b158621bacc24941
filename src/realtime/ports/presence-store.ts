/** One user in one channel, through this process. */
export interface Presence {
  readonly channel: string;
  readonly userId: string;
}

export interface PresenceEntry extends Presence {
  readonly role: string;
}

/** The key under which the users of a gateway are counted in place of a channel; no channel has such a name. */
export const gatewayKey = (gateway: string) => `@${gateway}`;
export const isGatewayKey = (key: string) => key.startsWith('@');

/** `new`: no process had this user in the channel; `known`: one had. */
export type Entered = 'new' | 'known';

/** The number of times that this process has a user in a channel. */
export interface Told extends PresenceEntry {
  readonly count: number;
}

export interface Member {
  readonly userId: string;
  readonly role: string;
  /** When the user entered, in milliseconds since the Unix epoch by the store's clock. */
  readonly since: number;
}

/** The users of a channel: their exact number, and those of them who are listed. */
export interface MemberList {
  readonly count: number;
  readonly members: readonly Member[];
}

/**
 * The users of every channel over all processes, and the number of times that each process has them. A process holds its
 * entries by a lease that `beat` renews; the entries of one whose lease is over go with it. Two calls of two processes
 * at once take effect one after the other, so exactly one of them is told `new`, or that the last of a user has left.
 * Every implementation passes `presenceStoreContract` of `tambuli/contracts`. All methods throw AppError
 * `database_unavailable` when the store cannot be reached in time.
 */
export interface PresenceStore extends AsyncDisposable {
  /** Counts each entry once more for this process. Returns one result for each, in the order given. */
  enter(entries: readonly PresenceEntry[]): Promise<readonly Entered[]>;
  /** Counts each once less. Returns those of whom no process has any left; an entry that was not there is left out. */
  leave(presences: readonly Presence[]): Promise<readonly Presence[]>;
  /**
   * Makes these the counts of this process, whatever they were; each user of a channel is given once. Returns how many
   * the other processes have of each, in the order given.
   */
  tell(counts: readonly Told[]): Promise<readonly number[]>;
  /** Everybody in the channel: the exact number, and at most `limit` of them, those longest there first. */
  members(channel: string, limit: number): Promise<MemberList>;
  /**
   * Renews the lease of this process, and ends the entries that other processes left behind. `lost` says that the own
   * lease was over and everything entered is gone; `left` are those of whom no process has any left.
   */
  beat(): Promise<{ readonly lost: boolean; readonly left: readonly Presence[] }>;
  /** Leaves everything that this process holds. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A process that has not beaten for so long is gone. Milliseconds. */
export const presenceLeaseMs = 15_000;
