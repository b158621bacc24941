import { type ControlFrame, encodeFrame } from '../../protocol/frames/server-frames.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { About, Host, Peer } from '../frames/peer.ts';

/** The number of an acknowledgement that a client waits for; `unheard` for one that nobody waits for. */
export type AcknowledgementId = number | 'unheard';

/** The connection an event came over. */
export interface Caller {
  readonly gateway: Host;
  readonly session: Session;
  send(frame: ControlFrame): void;
  /** Sends a frame that is JSON text already. */
  sendText(type: string, text: string): void;
  /** Sends such a text as the acknowledgement that waits under `id`; `frame` is the control frame in it, if it is one. */
  acknowledge(text: string, id: AcknowledgementId, frame?: ControlFrame): void;
  /** Sends the error by `answer`; when the error budget is spent the session goes (R4). */
  refuse(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void;
  /** The same without a price. */
  tell(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void;
}

/** One event of a client, as the handlers of frames see it: its reply goes to the acknowledgement that waits for it. */
export class Call implements Peer {
  readonly #caller: Caller;
  #acknowledgement: AcknowledgementId | undefined;

  /** Without an acknowledgement the answer is an event. */
  constructor(caller: Caller, acknowledgement?: AcknowledgementId) {
    this.#caller = caller;
    this.#acknowledgement = acknowledgement;
  }

  get host(): Host {
    return this.#caller.gateway;
  }

  get session(): Session {
    return this.#caller.session;
  }

  send(frame: ControlFrame): void {
    const id = this.#takeAcknowledgement();
    if (id === undefined) this.#caller.send(frame);
    else this.#caller.acknowledge(encodeFrame(frame), id, frame);
  }

  reply(type: string, text: string): void {
    const id = this.#takeAcknowledgement();
    if (id === undefined) this.#caller.sendText(type, text);
    else this.#caller.acknowledge(text, id);
  }

  fail(thrown: unknown, about?: About): void {
    this.#caller.refuse(thrown, about, (frame) => this.send(frame));
  }

  tell(thrown: unknown, about?: About): void {
    this.#caller.tell(thrown, about, (frame) => this.send(frame));
  }

  /** It takes one answer; what follows are events. */
  #takeAcknowledgement(): AcknowledgementId | undefined {
    const id = this.#acknowledgement;
    this.#acknowledgement = undefined;
    return id;
  }
}
