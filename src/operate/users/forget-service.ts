import { forgetPerson } from '../../db/personal/forget-person.ts';
import { AppError } from '../../errors.ts';
import type { OperateDeps } from '../deps.ts';
import type { ProcessesAsked } from '../peers.ts';
import type { Forgotten } from './model.ts';

/** Forgets people: their sessions end, and every area of the deployment drops what it keeps of them. */
export class ForgetService {
  readonly #deps: OperateDeps;
  readonly #asked: ProcessesAsked;

  constructor(deps: OperateDeps, asked: ProcessesAsked) {
    this.#deps = deps;
    this.#asked = asked;
    deps.manager.peers.answer<string>('forget', (userId) => this.#endHere(userId));
  }

  /**
   * Safe to run again. Throws `not_ready` while a process does not answer whose sessions of the person would write again
   * what is removed; the tokens are withdrawn by then.
   */
  async forget(userId: string): Promise<Forgotten> {
    const { database, manager, personal, timeZone } = this.#deps;
    await manager.control.forget(userId);
    const { silent } = await this.#asked.ask<boolean>('forget', userId);
    if (silent.length > 0) {
      throw new AppError(
        'not_ready',
        'A process of the deployment does not answer; nothing was removed yet. Try again in a minute.',
        { retryAfterMs: 60_000 },
      );
    }
    const forgotten = await forgetPerson(database, {
      userId,
      data: personal,
      timeZone,
      personalNamespaces: manager.namespaces.personal,
    });
    return { success: true, changed: forgotten.changed, kept: [...forgotten.kept] };
  }

  async #endHere(userId: string): Promise<boolean> {
    const { manager, positions } = this.#deps;
    const forgotten = positions.forget(userId);
    for (const session of manager.sessions) {
      const { principal } = session;
      if (principal?.userId === userId && !principal.service) manager.disconnect(session, 'revoked');
    }
    await forgotten;
    return true;
  }
}
