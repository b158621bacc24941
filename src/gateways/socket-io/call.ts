import { type ControlFrame, encodeFrame } from '../../protocol/frames/server-frames.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { About, Host, Peer } from '../frames/peer.ts';
import type { JsonText } from './engine/parser.ts';

export type Acknowledge = (frame: JsonText) => void;

/** The connection an event came over. */
export interface Caller {
  readonly gateway: Host;
  readonly session: Session;
  send(frame: ControlFrame): void;
  /** Sends a frame that is JSON text already. */
  sendText(type: string, text: string): void;
  /** Sends such a text by `answer`; `frame` is the control frame in it, if it is one. */
  acknowledge(text: string, answer: Acknowledge, frame?: ControlFrame): void;
  /** Sends the error by `answer`; when the error budget is spent the session goes (R4). */
  refuse(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void;
  /** The same without a price. */
  tell(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void;
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
    const acknowledge = this.#takeAcknowledge();
    if (acknowledge) this.#caller.acknowledge(encodeFrame(frame), acknowledge, frame);
    else this.#caller.send(frame);
  }

  reply(type: string, text: string): void {
    const acknowledge = this.#takeAcknowledge();
    if (acknowledge) this.#caller.acknowledge(text, acknowledge);
    else this.#caller.sendText(type, text);
  }

  fail(thrown: unknown, about?: About): void {
    this.#caller.refuse(thrown, about, (frame) => this.send(frame));
  }

  tell(thrown: unknown, about?: About): void {
    this.#caller.tell(thrown, about, (frame) => this.send(frame));
  }

  /** It takes one answer; what follows are events. */
  #takeAcknowledge(): Acknowledge | undefined {
    const acknowledge = this.#acknowledge;
    this.#acknowledge = undefined;
    return acknowledge;
  }
}
