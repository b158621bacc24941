import type { Static, TObject } from '@sinclair/typebox';
import type { Reword } from '../protocol/frames/codec.ts';
import type { FramePair, OwnFrame } from '../protocol/frames/own-frames.ts';
import type { Delivery } from '../realtime/ports/transport.ts';
import type { Principal } from '../realtime/principal.ts';
import type { Session } from '../realtime/sessions/session.ts';

/**
 * An address of an application's own where a channel is polled: it returns what listeners of a socket get as `data`.
 */
export interface PollAddress {
  /** `/api/venues/:id/updates` */
  readonly path: string;
  /** Name of the channel, with the parameters of the path: `venue:{id}`. */
  readonly channel: string;
  /** An array of them, or of what is one thing the newest alone, `null` where nothing is new. */
  readonly returns: 'rows' | 'row';
  /** Types of publications that are left out, as their data are no rows. */
  readonly without?: readonly string[];
  /** The subject of the poll, for the documentation. */
  readonly summary: string;
}

/** The names that an application's Socket.IO clients use beside the engine's own events. */
export interface SocketIoClients {
  /** Channels that a session reads, unasked, from the moment it is identified. */
  autoSubscribe?(principal: Principal): readonly string[] | Promise<readonly string[]>;
  /**
   * By the last part of the events `subscribe:{name}` and `unsubscribe:{name}`: a channel, with fields of their
   * payload.
   */
  readonly rooms?: Readonly<Record<string, string>>;
  /**
   * By the type of a publication: its listeners get an acknowledgement callback, and calling it says that it arrived.
   */
  readonly receipts?: Readonly<Record<string, AcknowledgedEvent>>;
}

export interface AcknowledgedEvent {
  /** The personal channel whose publications are receipted. */
  readonly channel: string;
  /**
   * The frame of the domain that the callback stands for, by the data of the publication; undefined: it has no
   * callback.
   */
  frame(data: unknown): OwnFrame | undefined;
}

/**
 * An address for WebSockets that speak the engine's frames, but word publications as an application's clients know
 * them.
 */
export interface SocketAddress {
  /** `/ws` */
  readonly path: string;
  /** The difference to the engine's own address, for the documentation. */
  readonly summary?: string;
  /** The JSON text of a publication; asked once for each that is broadcast, whatever the number of readers. */
  encode(delivery: Delivery): string;
  /** Channels that a session reads, unasked, from the moment it is identified. */
  autoSubscribe?(principal: Principal): readonly string[] | Promise<readonly string[]>;
  /** A frame in the engine's words, from one in those of the application's clients. Must not throw. */
  readonly reword?: Reword;
}

/** A page for people that the server serves: data, so that gateways know no domain. */
export interface PageAddress {
  /** `/clinician` */
  readonly path: `/${string}`;
  /** The page's source in `clients/pages/src`, without `.page.tsx`: `clinic/clinician`. */
  readonly bundle: string;
  /** Its name in lists, in English. */
  readonly title: string;
  /** The same in Filipino, where it differs. */
  readonly titleFil?: string;
  /**
   * The roles it is for; without it anybody sees it, signed in or not. It narrows no rights: those are of the routes and
   * channels that the page asks.
   */
  readonly roles?: readonly string[];
}

/** Pages, and the people whom they offer for signing in where the server believes everybody. */
export interface PageArea {
  readonly pages: readonly PageAddress[];
  readonly people: readonly DemoPerson[];
}

/** A person of a domain's demo rows. */
export interface DemoPerson {
  readonly userId: string;
  readonly role: string;
  readonly name: string;
  readonly tenants?: readonly string[];
}

/** A frame of an application's clients: checked, ordered and counted on every socket as the engine's own are. */
export interface DomainFrame extends FramePair {
  /**
   * `frame` has passed the check of `sent`, from a session that is identified. Returns the fields of the reply beside
   * `type` and `id`; rejects with an AppError that the client is told.
   */
  handle(session: Session, frame: object): Promise<object>;
}

export function domainFrame<Sent extends TObject, Reply extends TObject>(
  pair: FramePair<Sent, Reply>,
  handle: (session: Session, frame: Static<Sent>) => Promise<Omit<Static<Reply>, 'type' | 'id'>>,
): DomainFrame {
  return { ...pair, handle: handle as DomainFrame['handle'] };
}
