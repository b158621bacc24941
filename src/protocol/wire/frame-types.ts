import type { FrameId } from './frame-id.ts';

/**
 * The frames of the wire as plain types, for clients that carry no schema library. The schemas in `protocol/frames` are
 * the validation and the documentation; a compile-time test holds the two together.
 */

export interface PublicationFrame {
  readonly type: string;
  readonly channel: string;
  readonly eventType?: string;
  readonly data: unknown;
  readonly timestamp: string;
  readonly offset: number;
  readonly id: string;
}

export interface EphemeralFrame {
  readonly type: string;
  readonly channel: string;
  readonly userId?: string;
  readonly data: unknown;
  readonly timestamp: string;
  readonly ephemeral: true;
}

export interface PresentUser {
  readonly userId: string;
  readonly role: string;
  readonly since: string;
}

interface Reply {
  readonly id?: FrameId;
}

export interface PageFrame extends Reply {
  readonly channel: string;
  readonly publications: readonly PublicationFrame[];
  readonly position: string;
}

/** The frames that the server sends besides publications, by `type`. */
export interface ServerFrames {
  readonly connected: {
    readonly clientId: string;
    readonly timestamp: string;
    readonly protocol: string;
    readonly heartbeatMs: number;
    readonly warning?: string;
  };
  readonly authenticated: Reply & {
    readonly clientId: string;
    readonly userId: string;
    readonly role: string;
    readonly expiresAt?: string;
  };
  readonly subscribed: Reply & {
    readonly channel: string;
    readonly position: string;
    readonly recovered?: boolean;
  };
  readonly unsubscribed: Reply & { readonly channel?: string; readonly code?: string };
  readonly pong: Reply & { readonly timestamp: string };
  readonly sync_response: PageFrame & { readonly recovered: boolean };
  readonly history: PageFrame & { readonly more: boolean };
  readonly published: Reply & { readonly position?: string; readonly repeated?: true };
  readonly presence_state: {
    readonly channel: string;
    readonly count: number;
    readonly users: readonly PresentUser[];
  };
  readonly presence_diff: {
    readonly channel: string;
    readonly count: number;
    readonly joins: readonly PresentUser[];
    readonly leaves: readonly string[];
  };
  readonly reconnect: { readonly afterMs: number };
  readonly error: Reply & {
    readonly code: string;
    readonly message: string;
    readonly error: string;
    readonly status?: number;
    readonly remedy?: string;
    readonly channel?: string;
    readonly retryAfterMs?: number;
  };
}

/** One frame that the server sends besides publications and ephemeral frames. */
export type ServerFrame = {
  [Type in keyof ServerFrames]: { readonly type: Type } & ServerFrames[Type];
}[keyof ServerFrames];

export interface ChannelRequest {
  readonly channel: string;
  /** A position; without it the channel begins at its end. */
  readonly since?: string;
}

/** The positions that a client has settled, and when: a frame of its own would cost every phone. */
export interface Settled {
  /** `channel@epoch:offset`, separated by commas. */
  readonly positions: string;
  /** Since the last of them was settled, in milliseconds by the clock of the client. */
  readonly settledMs?: number;
}

/** The frames that a client sends, by `type`. */
export interface ClientFrames {
  readonly auth: {
    readonly token?: string;
    readonly userId?: string;
    readonly role?: string;
    readonly tenants?: readonly string[];
    readonly context?: string;
  };
  readonly subscribe: { readonly channels: readonly ChannelRequest[] };
  readonly unsubscribe: { readonly channel: string };
  readonly ping: Partial<Settled>;
  readonly history: { readonly channel: string; readonly before?: string; readonly limit?: number };
  readonly publish: {
    readonly channel: string;
    readonly publicationType: string;
    readonly data: unknown;
    readonly key?: string;
    readonly ephemeral?: boolean;
  };
}

/** One frame that a client sends. */
export type ClientFrame = {
  [Type in keyof ClientFrames]: { readonly type: Type; readonly id?: FrameId } & ClientFrames[Type];
}[keyof ClientFrames];
