import { type SQL, sql } from 'drizzle-orm';
import type { Database, Drizzle } from '../../../db/connection/open.ts';
import { Batching } from '../../../db/log/batching/batching.ts';
import { insertInto } from '../../../db/writing/row-statements.ts';
import type { Logger } from '../../../logger.ts';
import type { RealtimeManager } from '../../../realtime/manager.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { users } from '../schema.ts';

const maxKnown = 100_000;
const atOnce = 500;

interface Deps {
  readonly database: Database;
  readonly manager: RealtimeManager;
  readonly logger: Logger;
}

type Person = Pick<Principal, 'userId' | 'role'>;

/**
 * Takes people up into the table of users at first sight, with the id and role of their token and the id for a name. What
 * the application enters itself, before or after, stays as it is.
 */
export class People {
  readonly #deps: Deps;
  readonly #known = new Set<string>();
  readonly #batching: Batching<Person, undefined>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#batching = new Batching({
      run: async (people: readonly Person[]) => {
        await takeUp(deps.database.db, people);
        return people.map(() => undefined);
      },
      costOf: () => 1,
      maxCost: atOnce,
    });
  }

  /** Takes up those who are identified from now on, until it is disposed. */
  start(): Disposable {
    return this.#deps.manager.onIdentified(({ principal }) => {
      if (principal && !principal.service) void this.#meet(principal);
    });
  }

  /** The part of a statement that makes sure that a person who writes is in the table; references are checked at its end. */
  meeting({ userId, role, service }: Principal): SQL | undefined {
    if (service) return undefined;
    const person = { id: userId, role, name: userId };
    return sql`${insertInto(users, person, sql`changed`)} on conflict do nothing returning 1`;
  }

  async #meet({ userId, role }: Person): Promise<void> {
    if (this.#known.has(userId)) return;
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.add(userId);
    try {
      await this.#batching.ask([{ userId, role }]);
    } catch (error) {
      this.#known.delete(userId);
      this.#deps.logger.warn(
        { err: error },
        'a person was not entered into the table of users; will retry when they return',
      );
    }
  }
}

async function takeUp(db: Drizzle, people: readonly Person[]): Promise<void> {
  await db
    .insert(users)
    .values(people.map(({ userId: id, role }) => ({ id, role, name: sql`${id}` })))
    .onConflictDoNothing();
}
