import type {
  ClientFrame,
  EphemeralFrame,
  PublicationFrame,
  ServerFrame,
} from '../../../../src/protocol/wire/frame-types.ts';
import type { Fault } from '../errors.ts';

export type { ClientFrame, EphemeralFrame, PublicationFrame, ServerFrame };

/** Anything that a server sends. */
export type IncomingFrame = ServerFrame | PublicationFrame | EphemeralFrame;

export interface Identity {
  readonly userId: string;
  readonly role?: string;
  readonly tenants?: readonly string[];
}

/** The options with which a link is opened. */
export interface LinkHost {
  /** The address of the server, without a slash at its end. */
  readonly url: string;
  readonly environment: LinkEnvironment;
  readonly pollIntervalMs: number;
  /** Returns the token, for transports that send it in every request. */
  token(): string | undefined;
  readonly identity: Identity | undefined;
  /** The link can carry frames. On a socket, now is the time for the first ones. */
  ready(): void;
  frame(frame: IncomingFrame): void;
  /** A sign of life that is no frame. */
  alive(): void;
  /** Called at most once, and not after `close`: with the code of the close, or 1006, and what is known of why. */
  closed(code: number, fault?: Fault): void;
}

export interface LinkEnvironment {
  fetch(url: string, init: RequestInit): Promise<Response>;
  socket(url: string): Socket;
  /** Runs it once after so many milliseconds; returns its undo. */
  after(ms: number, run: () => void): () => void;
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
