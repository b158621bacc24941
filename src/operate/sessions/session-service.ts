import { pageOf, placeIn } from '../../db/paging.ts';
import { AppError } from '../../errors.ts';
import type { OperateDeps } from '../deps.ts';
import type { ProcessesAsked } from '../peers.ts';
import type { SessionDetail, SessionQuery } from './model.ts';
import {
  detailOf,
  type FoundSessions,
  findSession,
  findSessions,
  type SessionFilter,
} from './session-search.ts';

/** The live sessions of all processes. */
export class SessionService {
  readonly #deps: OperateDeps;
  readonly #asked: ProcessesAsked;

  constructor(deps: OperateDeps, asked: ProcessesAsked) {
    this.#deps = deps;
    this.#asked = asked;
    const { manager } = deps;
    manager.peers.answer<SessionFilter>('sessions', (filter) => findSessions(deps, filter));
    manager.peers.answer<string>('session', (id) => {
      const session = findSession(deps, id);
      return session ? detailOf(deps, session) : null;
    });
    manager.peers.answer<string>('end-session', (id) => {
      const session = findSession(deps, id);
      if (session) manager.disconnect(session, 'disconnected');
      return session !== undefined;
    });
  }

  async list({ cursor, ...query }: SessionQuery) {
    const [after] = cursor === undefined ? [] : placeIn(cursor, ['text']);
    const filter: SessionFilter = { ...query, after };
    const { values, answered, silent } = await this.#asked.ask<FoundSessions>('sessions', filter);
    const found = [...values.values()];
    const all = found
      .flatMap(({ sessions }) => sessions)
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .slice(0, query.limit + 1);
    const matching = found.reduce((sum, each) => sum + each.matching, 0);
    return {
      success: true as const,
      ...pageOf(all, query.limit, ({ id }) => [id]),
      matching,
      answered,
      silent,
    };
  }

  async view(id: string): Promise<SessionDetail> {
    const { values } = await this.#asked.ask<SessionDetail | null>('session', id);
    const found = [...values.values()].find((each) => each !== null);
    if (!found) throw missing(id);
    return found;
  }

  /** The client may come back. */
  async close(id: string) {
    const { values } = await this.#asked.ask<boolean>('end-session', id);
    const [processId] = [...values].find(([, isEnded]) => isEnded) ?? [];
    if (processId === undefined) throw missing(id);
    return { success: true as const, processId };
  }

  /** Withdraws the tokens of the session's user, in all processes. */
  async revoke(id: string) {
    const { userId } = await this.view(id);
    if (userId === null) {
      throw new AppError('not_found', 'Nobody is identified on this session yet: close it instead.');
    }
    const at = await this.#deps.manager.control.revoke(userId);
    return { success: true as const, userId, revokedAt: new Date(at).toISOString() };
  }
}

const missing = (id: string) =>
  new AppError('not_found', `No process that answered has the session ${id}; it may have ended.`);
