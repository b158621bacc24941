import type {
  ChannelMap,
  ChannelName,
  ChannelsOf,
  EphemeralOf,
  PublicationOf,
} from '../../../src/protocol/wire/channel-types.ts';
import type { PresentUser } from '../../../src/protocol/wire/frame-types.ts';
import type { TransportName } from './connection/machine.ts';
import type { TambuliError } from './errors.ts';
import type { Identity, LinkEnvironment } from './links/link.ts';

export type {
  ChannelMap,
  ChannelName,
  ChannelsOf,
  EphemeralOf,
  Identity,
  PresentUser,
  PublicationOf,
  TransportName,
};

/** Ends what the call began. */
export type Undo = () => void;

export interface ConnectionState {
  readonly status: 'disconnected' | 'connecting' | 'connected';
  /** Present transport; null while there is none. `tab`: through the tab of this origin that leads. */
  readonly transport: TransportName | 'tab' | null;
  /** Attempts since a publication was delivered. */
  readonly attempt: number;
  /** When the next attempt is made, in milliseconds since 1970; null when none is planned. */
  readonly retryAt: number | null;
  /** The code of the server's tables for this state; null while all is well. */
  readonly code: string | null;
  /** The sentence of the code, and what to do. */
  readonly reason: string | null;
  readonly lastHeardAt: number | null;
  /** Publications that wait in the outbox. */
  readonly pending: number;
}

export interface ChannelState {
  readonly status: 'unsubscribed' | 'subscribing' | 'subscribed' | 'failed';
  /** `epoch:offset` that every handler has settled. */
  readonly position: string | null;
  /** Whether the last return found everything that was missed; null when there was none. */
  readonly recovered: boolean | null;
  readonly error: TambuliError | null;
}

/** The fields of every publication beside its `type` and `data`. */
export interface PublicationFacts {
  readonly channel: string;
  readonly eventType?: string;
  readonly timestamp: string;
  readonly id: string;
  readonly offset: number;
  /** `epoch:offset`, to be stored with the data. */
  readonly position: string;
}

/** The fields of every ephemeral frame beside its `type` and `data`. */
export interface WhisperFacts {
  readonly channel: string;
  readonly userId?: string;
  readonly timestamp: string;
}

export interface Snapshot<T = unknown> {
  readonly data: T;
  /** The position of the same snapshot; without it the data is taken to be newer than the subscription. */
  readonly position?: string;
}

export interface ChannelOptions<T = unknown> {
  /** Fetches the present state: at first, and whenever history is gone. */
  readonly getState?: (signal: AbortSignal) => Promise<Snapshot<T>>;
  /** Position to begin after, as the server gave it. */
  readonly since?: string;
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

/** The publications of a channel of this name. */
export type Publication<Channels = ChannelMap, Name extends string = string> = PublicationOf<Channels, Name> &
  PublicationFacts;
export type Whisper<Channels = ChannelMap, Name extends string = string> = EphemeralOf<Channels, Name> &
  WhisperFacts;

type DataOf<Union, Type> =
  Extract<Union, { readonly type: Type }> extends { readonly data: infer Data } ? Data : never;
type TypeOf<Union> = Union extends { readonly type: infer Type extends string } ? Type : never;

export interface Channel<Channels = ChannelMap, Name extends string = string>
  extends AsyncIterable<Publication<Channels, Name>> {
  readonly name: Name;
  readonly state: ChannelState;
  /** The last answer of `getState`. */
  readonly snapshot: Snapshot | undefined;
  /**
   * Hands over every publication once, in order; the next one, and the position, wait until a returned promise settles.
   * The channel is left two seconds after the last reader.
   */
  subscribe<Type extends TypeOf<PublicationOf<Channels, Name>> = TypeOf<PublicationOf<Channels, Name>>>(
    handler: (publication: Extract<Publication<Channels, Name>, { readonly type: Type }>) => unknown,
    options?: { readonly type?: Type },
  ): Undo;
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

/** `wake`: look whether the connection lives. `sleep`: the device is in the background. `leave`: the page goes. */
export type Signal = 'wake' | 'sleep' | 'leave';

/** The world that a client runs in; tests replace parts of it. */
export interface Environment extends LinkEnvironment {
  now(): number;
  random(): number;
  online(): boolean;
  /** Reports what the device tells of itself until undone. */
  signals(report: (signal: Signal) => void): Undo;
  /** A text that no other client of this origin has. */
  id(): string;
  /** Returns the locks of the browser; without them, or without `broadcast`, each tab has its own connection. */
  locks?(): Pick<LockManager, 'request'> | undefined;
  broadcast?(name: string): Pick<BroadcastChannel, 'postMessage' | 'onmessage'>;
}

export interface ClientOptions {
  /** Fetches a token: at first, before it expires, and after a refusal. `Unauthorized` stops the client. */
  readonly getToken?: () => string | Promise<string>;
  /** A token that stays; `setToken` replaces it. */
  readonly token?: string;
  /** The identity, for servers in insecure mode. */
  readonly identity?: Identity;
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

export interface Client<Channels = ChannelMap> {
  readonly state: ConnectionState;
  readonly outbox: Outbox;
  connect(): void;
  /** Ends the connection; channels and the outbox stay, and `connect` goes on with them. */
  disconnect(): void;
  /** Ends everything for good. */
  close(): void;
  setToken(token: string): void;
  on(event: 'state', handler: (state: ConnectionState) => void): Undo;
  on(event: 'error', handler: (error: TambuliError) => void): Undo;
  /** Gets or creates; options of an existing channel are replaced by those given. */
  channel<Name extends ChannelName<Channels>>(name: Name, options?: ChannelOptions): Channel<Channels, Name>;
  /** Resolves when the handlers of the channel have settled everything up to the position. */
  reached(channel: ChannelName<Channels>, position: string): Promise<void>;
}
