import type { EphemeralOf } from '../../../src/protocol/wire/channel-types.ts';
import type { PresentUser } from '../../../src/protocol/wire/frame-types.ts';
import type {
  ChannelMap,
  ChannelName,
  ChannelState,
  CoreChannel,
  CoreChannelOptions,
  CoreClient,
  CoreEnvironment,
  CoreOptions,
  Publication,
  PublicationOf,
  TransportName,
  TypeOf,
  Undo,
} from './core-types.ts';
import type { TambuliError } from './errors.ts';

export type * from './core-types.ts';
export type { EphemeralOf, PresentUser };

/** The fields of every ephemeral frame beside its `type` and `data`. */
export interface WhisperFacts {
  readonly channel: string;
  readonly userId?: string;
  readonly timestamp: string;
}

export interface Snapshot<T = unknown> {
  readonly data: T;
  /** The position of the same snapshot; without it the data is taken to be newer than the subscription. */
  readonly position?: string | undefined;
}

export interface ChannelOptions<T = unknown> extends CoreChannelOptions {
  /** Fetches the present state: at first, and whenever history is gone. */
  readonly getState?: (signal: AbortSignal) => Promise<Snapshot<T>>;
}

export interface Page<P> {
  /** The newest last. */
  readonly publications: readonly P[];
  /** The position of the oldest of them: the next `before`. */
  readonly position: string;
  readonly more: boolean;
}

export interface Presence {
  /** Everybody there, listed or not. */
  readonly count: number;
  /** At most a hundred of them. */
  readonly users: readonly PresentUser[];
}

export type Whisper<Channels = ChannelMap, Name extends string = string> = EphemeralOf<Channels, Name> &
  WhisperFacts;

type DataOf<Union, Type> =
  Extract<Union, { readonly type: Type }> extends { readonly data: infer Data } ? Data : never;

export interface Channel<Channels = ChannelMap, Name extends string = string>
  extends CoreChannel<Channels, Name>,
    AsyncIterable<Publication<Channels, Name>> {
  /** The last answer of `getState`. */
  readonly snapshot: Snapshot | undefined;
  /** Fetches the state anew, after what is under way; publications wait for it. */
  refresh(): void;
  on(event: 'state', handler: (state: ChannelState) => void): Undo;
  on(event: 'snapshot', handler: (snapshot: Snapshot) => void): Undo;
  /** Resolves when the server has it; waits in the outbox while there is no connection. */
  publish<Type extends TypeOf<PublicationOf<Channels, Name>>>(
    type: Type,
    data: DataOf<PublicationOf<Channels, Name>, Type>,
    options?: { readonly key?: string },
  ): Promise<{ readonly position: string | undefined }>;
  /** Tells the readers of this moment; dropped when not connected. */
  whisper<Type extends TypeOf<EphemeralOf<Channels, Name>>>(
    type: Type,
    data: DataOf<EphemeralOf<Channels, Name>, Type>,
  ): void;
  /** The ephemeral frames of others. */
  readonly whispers: { subscribe(handler: (whisper: Whisper<Channels, Name>) => unknown): Undo };
  readonly presence: { subscribe(handler: (presence: Presence) => unknown): Undo };
  history(options?: {
    readonly limit?: number;
    readonly before?: string;
  }): Promise<Page<Publication<Channels, Name>>>;
}

/** One publication that waits for the server. */
export interface OutboxItem {
  readonly key: string;
  readonly channel: string;
  readonly type: string;
  readonly data: unknown;
  /** The error of the server's refusal; absent while it waits. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Outbox {
  /** In the order in which they are sent, refused ones included. */
  list(): readonly OutboxItem[];
  /** Sends a refused one again, at the end of the line. */
  retry(key: string): void;
  /** Drops it; its `publish` rejects. */
  discard(key: string): void;
  /** Calls back when the server refuses one; the others go on. */
  on(event: 'stuck', handler: (item: OutboxItem, error: TambuliError) => void): Undo;
  on(event: 'change', handler: () => void): Undo;
}

/** Keeps positions and the outbox over a reload. Keys sort as text. */
export interface ClientStorage {
  entries(prefix: string): Promise<readonly (readonly [key: string, value: unknown])[]>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
}

/** The world that a client runs in; tests replace parts of it. */
export interface Environment extends CoreEnvironment {
  fetch(url: string, init: RequestInit): Promise<Response>;
  online(): boolean;
  /** A text that no other client of this origin has. */
  id(): string;
  /** Returns the locks of the browser; without them, or without `broadcast`, each tab has its own connection. */
  locks?(): Pick<LockManager, 'request'> | undefined;
  broadcast?(name: string): Pick<BroadcastChannel, 'postMessage' | 'onmessage'>;
}

export interface ClientOptions extends CoreOptions {
  /** In the order of preference. */
  readonly transports?: readonly TransportName[];
  /**
   * One connection for all tabs of this origin. All of them have to be of one user: give the user's id where that may
   * differ.
   */
  readonly share?: boolean | string;
  readonly storage?: ClientStorage;
  /** Between two polls of several channels; 30 seconds. A poll of one or two channels waits at the server instead. */
  readonly pollIntervalMs?: number;
  readonly environment?: Partial<Environment>;
}

export interface Client<Channels = ChannelMap> extends CoreClient<Channels> {
  readonly outbox: Outbox;
  /** Gets or creates; options of an existing channel are replaced by those given. */
  channel<Name extends ChannelName<Channels>>(name: Name, options?: ChannelOptions): Channel<Channels, Name>;
  /** Resolves when the handlers of the channel have settled everything up to the position. */
  reached(channel: ChannelName<Channels>, position: string): Promise<void>;
}
