import type {
  ChannelMap,
  ChannelName,
  ChannelsOf,
  PublicationOf,
} from '../../../src/protocol/wire/channel-types.ts';
import type { TambuliError } from './errors.ts';
import type { Identity, Socket, TransportName } from './links/link.ts';

/** The types of the client over WebSocket alone, which the whole client has as well. */

export type { ChannelMap, ChannelName, ChannelsOf, Identity, PublicationOf, TransportName };

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

/** The publications of a channel of this name. */
export type Publication<Channels = ChannelMap, Name extends string = string> = PublicationOf<Channels, Name> &
  PublicationFacts;

export type TypeOf<Union> = Union extends { readonly type: infer Type extends string } ? Type : never;

export interface CoreChannelOptions {
  /** Position of what the application has, to begin after it; it goes before a stored one. */
  readonly since?: string | undefined;
}

/** A channel of the client over WebSocket alone. */
export interface CoreChannel<Channels = ChannelMap, Name extends string = string> {
  readonly name: Name;
  readonly state: ChannelState;
  /**
   * Hands over every publication once, in order; the next one, and the position, wait until a returned promise settles.
   * The channel is left two seconds after the last reader.
   */
  subscribe<Type extends TypeOf<PublicationOf<Channels, Name>> = TypeOf<PublicationOf<Channels, Name>>>(
    handler: (publication: Extract<Publication<Channels, Name>, { readonly type: Type }>) => unknown,
    options?: { readonly type?: Type },
  ): Undo;
  on(event: 'state', handler: (state: ChannelState) => void): Undo;
}

/** `wake`: look whether the connection lives. `sleep`: the device is in the background. `leave`: the page goes. */
export type Signal = 'wake' | 'sleep' | 'leave';

/** The part of the world that every client needs; tests replace parts of it. */
export interface CoreEnvironment {
  socket(url: string): Socket;
  /** Runs it once after so many milliseconds; returns its undo. */
  after(ms: number, run: () => void): Undo;
  now(): number;
  random(): number;
  /** Reports what the device tells of itself until undone. */
  signals(report: (signal: Signal) => void): Undo;
}

export interface CoreOptions {
  /** Fetches a token: at first, before it expires, and after a refusal. `Unauthorized` stops the client. */
  readonly getToken?: () => string | Promise<string>;
  /** A token that stays; `setToken` replaces it. */
  readonly token?: string;
  /** The identity, for servers in insecure mode. */
  readonly identity?: Identity;
  readonly environment?: Partial<CoreEnvironment>;
}

/** The client over WebSocket alone: it connects, identifies itself, reads channels, and says how it is. */
export interface CoreClient<Channels = ChannelMap> {
  readonly state: ConnectionState;
  connect(): void;
  /** Ends the connection; channels stay, and `connect` goes on with them. */
  disconnect(): void;
  /** Ends everything for good. */
  close(): void;
  setToken(token: string): void;
  on(event: 'state', handler: (state: ConnectionState) => void): Undo;
  on(event: 'error', handler: (error: TambuliError) => void): Undo;
  /** Gets or creates; options of an existing channel are replaced by those given. */
  channel<Name extends ChannelName<Channels>>(
    name: Name,
    options?: CoreChannelOptions,
  ): CoreChannel<Channels, Name>;
}
