import type {
  ClientFrame,
  EphemeralFrame,
  PublicationFrame,
  ServerFrame,
} from '../../../../src/protocol/wire/frame-types.ts';
import type { CoreEnvironment, CoreOptions } from '../core-types.ts';
import type { Fault } from '../errors.ts';

export type { ClientFrame, EphemeralFrame, PublicationFrame, ServerFrame };

/** Anything that a server sends, and the sign of life of a transport that has no frame for it. */
export type IncomingFrame = ServerFrame | PublicationFrame | EphemeralFrame | { readonly type: 'other' };

export interface Identity {
  readonly userId: string;
  readonly role?: string;
  readonly tenants?: readonly string[];
}

export type TransportName = 'websocket' | 'sse' | 'poll';

/** The options with which a link is opened. */
export interface LinkHost {
  /** The address of the server, without a slash at its end. */
  readonly url: string;
  readonly environment: CoreEnvironment;
  readonly options: CoreOptions;
  /** The token, for transports that send it in every request. */
  readonly tokens: { readonly current: string | undefined };
  /** The link can carry frames. On a socket, now is the time for the first ones. */
  ready(): void;
  frame(frame: IncomingFrame): void;
  /** The link ended by itself: with the code of the close, or 1006, and what is known of why. Not after `close`. */
  closed(code: number, fault?: Fault): void;
}

/** The part of a WebSocket that a link uses. */
export interface Socket {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: string }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(text: string): void;
  close(code: number): void;
}

/** One connection by one transport. Every transport speaks the frames of the socket. */
export interface Link {
  send(frame: ClientFrame): void;
  close(): void;
}

export type OpenLink = (host: LinkHost) => Link;
