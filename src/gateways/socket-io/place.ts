import type { ControlFrame } from '../../protocol/frames/server-frames.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import { contextOf } from '../../realtime/sessions/context.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import { ReaderVector } from '../fanout/vector.ts';

/** The positions of a session in its channels, which its client hands in when it comes back. */
export class Place {
  readonly vector = new ReaderVector();
  readonly #session: Session;
  readonly #namespaces: RealtimeManager['namespaces'];

  constructor(session: Session, namespaces: RealtimeManager['namespaces']) {
    this.#session = session;
    this.#namespaces = namespaces;
  }

  /** Returns the text of the place after this frame; undefined where the frame does not move it. */
  move(frame: ControlFrame): string | undefined {
    if (frame.type === 'subscribed') {
      const { principal } = this.#session;
      if (principal) this.vector.add(this.#namespaces.resolve(frame.channel, principal));
      this.vector.move(frame.channel, frame.position);
    } else if (frame.type === 'unsubscribed' && frame.channel !== undefined) {
      this.vector.delete(frame.channel);
    } else return undefined;
    return String(this.vector);
  }

  /**
   * Returns the text of the place with the session's new context, which a client that comes back names; else
   * undefined.
   */
  enterContext(): string | undefined {
    const context = contextOf(this.#session.principal);
    if (context === this.vector.context) return undefined;
    this.vector.context = context;
    return String(this.vector);
  }
}
