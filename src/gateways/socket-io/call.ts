import type { ControlFrame } from '../../protocol/frames/server-frames.ts';
import type { CloseReason } from '../../protocol/wire/codes.ts';
import { parseExact } from '../../protocol/wire/json.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { About, Host, Peer } from '../frames/peer.ts';

export type Acknowledge = (frame: object) => void;

/** The connection an event came over. */
export interface Caller {
  readonly gateway: Host;
  readonly session: Session;
  send(frame: ControlFrame): void;
  acknowledge(frame: ControlFrame, answer: Acknowledge): void;
  /** Sends the error by `answer`; when the error budget is spent the session goes (R4). */
  refuse(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void;
  /** The same without a price. */
  tell(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void;
  disconnect(reason: CloseReason): void;
}

/** One event of a client, as the handlers of frames see it: its reply goes to the acknowledgement that waits for it. */
export class Call implements Peer {
  readonly #caller: Caller;
  #acknowledge: Acknowledge | undefined;

  /** Without an acknowledgement the answer is an event. */
  constructor(caller: Caller, acknowledge?: Acknowledge) {
    this.#caller = caller;
    this.#acknowledge = acknowledge;
  }

  get host(): Host {
    return this.#caller.gateway;
  }

  get session(): Session {
    return this.#caller.session;
  }

  send(frame: ControlFrame): void {
    const acknowledge = this.#acknowledge;
    // It takes one answer; what follows are events.
    this.#acknowledge = undefined;
    if (acknowledge) this.#caller.acknowledge(frame, acknowledge);
    else this.#caller.send(frame);
  }

  sendText(text: string): void {
    this.send(parseExact(text) as ControlFrame);
  }

  fail(thrown: unknown, about?: About): void {
    this.#caller.refuse(thrown, about, (frame) => this.send(frame));
  }

  tell(thrown: unknown, about?: About): void {
    this.#caller.tell(thrown, about, (frame) => this.send(frame));
  }

  disconnect(reason: CloseReason): void {
    this.#caller.disconnect(reason);
  }
}
