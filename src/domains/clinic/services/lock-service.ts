import type { Database } from '../../../db/connection/open.ts';
import type { Asked, Leases } from '../../../db/leases/leases.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { caseChannel } from '../channel-names.ts';
import { visibleCase } from './case-guard-service.ts';

/**
 * The lock on a case: a lease named by the case's channel, for people who may see the case. All methods throw
 * `not_found` for any other, and what {@link Leases} throws.
 */
export class LockService {
  readonly #database: Database;
  readonly #leases: Leases;

  constructor(database: Database, leases: Leases) {
    this.#database = database;
    this.#leases = leases;
  }

  async read(caseId: string, principal: Principal) {
    return { data: await this.#leases.read(await this.#nameOf(caseId, principal)) };
  }

  async acquire(caseId: string, sessionId: string, wait: boolean, principal: Principal) {
    const name = await this.#nameOf(caseId, principal);
    return answer(await this.#leases.acquire(name, { userId: principal.userId, sessionId }, { wait }));
  }

  async renew(caseId: string, sessionId: string, token: number, principal: Principal) {
    const name = await this.#nameOf(caseId, principal);
    return answer(await this.#leases.renew(name, token, { userId: principal.userId, sessionId }));
  }

  async release(caseId: string, sessionId: string, principal: Principal) {
    const name = await this.#nameOf(caseId, principal);
    const released = await this.#leases.release(name, { userId: principal.userId, sessionId });
    return { success: true, released } as const;
  }

  /** Takes the lock from its holder. Returns whether there was one. */
  async break(caseId: string, principal: Principal) {
    const released = await this.#leases.break(await this.#nameOf(caseId, principal));
    return { success: true, released } as const;
  }

  async #nameOf(caseId: string, principal: Principal): Promise<string> {
    await visibleCase(this.#database.db, caseId, principal);
    return caseChannel(caseId);
  }
}

function answer({ lease: lock, position }: Asked) {
  const held = position === undefined;
  return { success: true, held, lock, ...(held ? {} : { position }) } as const;
}
