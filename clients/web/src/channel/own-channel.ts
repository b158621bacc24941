import type { ChannelRequest, ClientFrame } from '../../../../src/protocol/wire/frame-types.ts';
import type { CoreChannel, CoreChannelOptions, CoreEnvironment, Undo } from '../core-types.ts';
import type { TambuliError } from '../errors.ts';
import type { IncomingFrame } from '../links/link.ts';
import type { Position } from './position.ts';

/** The part of its client that a channel needs. */
export interface ChannelHost {
  readonly environment: CoreEnvironment;
  /** Asks in the next frame that subscribes, if the connection can carry one. */
  ask(channel: OwnChannel): void;
  send(frame: ClientFrame): void;
  report(code: string, cause: unknown, channel: string): void;
  fail(error: TambuliError): void;
  /** Returns the members that this build of the client adds to the channel, or puts in the place of the core's. */
  extend?: ((channel: OwnChannel) => Partial<OwnChannel>) | undefined;
}

/** The places of a channel at which a build of the client joins in. */
export interface Hooks {
  /** The position that an earlier life of the page left. */
  stored?(): string | undefined;
  /** Everything after the position follows. Resolves when the application is there; undefined: nothing has to be done. */
  arrive?(at: Position, found: boolean | undefined): Promise<unknown> | undefined;
  moved?(to: Position): void;
  /** Whether the frame is one of this build's own. */
  accept?(frame: IncomingFrame): boolean;
}

/** A channel as its client sees it: between its log and its handlers. */
export interface OwnChannel extends CoreChannel, Hooks {
  options: CoreChannelOptions;
  set(options: CoreChannelOptions): void;
  isWanted(): boolean;
  /** Counts a reader: the first one subscribes, and the last one leaves. */
  join(undo: Undo): Undo;
  failed(thrown: unknown): void;
  /** Every handler has settled everything up to here. */
  move(to: Position): void;
  /** Reads again from here on: what waits is forgotten, as it comes again. */
  restart(from: Position | undefined): void;
  /** Appends to the line of what is handed over. */
  push(task: () => unknown): void;
  /** Returns the content of the subscribe frame with this id. */
  begin(id: string): ChannelRequest;
  take(frame: IncomingFrame): void;
  /** Everything up to the pong of this id has come. */
  pong(id: unknown): void;
  /** The connection is gone. */
  lost(): void;
  close(): void;
}
