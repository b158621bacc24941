import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import type { GroupTally, Habits, Tally } from './model/chances.ts';

/** A person of a role at a tenant, and a method. The tenant is empty for events of none. */
export interface Reader {
  readonly userId: string;
  readonly tenantId: string;
  readonly role: string;
  readonly method: string;
}

/** Reads the habits of all of these people at once: two statements. */
export async function readHabits(
  tx: Drizzle,
  readers: readonly Reader[],
): Promise<(reader: Reader) => Habits> {
  const { rows: ofPeople } = await tx.execute<PersonRow>(sql`
    select user_id, method, hour_of_week, sent, read from public.realtime_reading_hours
    where (user_id, method) in (select * from unnest(${sql.param(readers.map(({ userId }) => userId))}::text[],
      ${sql.param(readers.map(({ method }) => method))}::text[]))`);
  const { rows: ofGroups } = await tx.execute<GroupRow>(sql`
    select tenant_id, method, role, hour_of_week, sent, read, late_hours from public.realtime_reading_groups
    where (tenant_id, method) in (select distinct * from unnest(${sql.param(readers.map(({ tenantId }) => tenantId))}::text[],
      ${sql.param(readers.map(({ method }) => method))}::text[]) as one(tenant, method))`);
  const people = new Weeks<Tally>((one, other) => ({
    sent: one.sent + other.sent,
    read: one.read + other.read,
  }));
  const groups = new Weeks<GroupTally>(sumOf);
  for (const { user_id, method, hour_of_week, ...tally } of ofPeople) {
    people.add([user_id, method], hour_of_week, tally);
  }
  for (const { tenant_id, method, role, hour_of_week, late_hours: lateHours, sent, read } of ofGroups) {
    const tally = { sent, read, lateHours };
    groups.add([tenant_id, method, role], hour_of_week, tally);
    groups.add([tenant_id, method], hour_of_week, tally);
  }
  return ({ userId, tenantId, role, method }) => {
    const school = groups.of([tenantId, method]);
    return {
      all: [...school.values()].reduce(sumOf, { sent: 0, read: 0, lateHours: 0 }),
      school,
      role: groups.of([tenantId, method, role]),
      person: people.of([userId, method]),
    };
  };
}

interface PersonRow extends Record<string, unknown>, Tally {
  readonly user_id: string;
  readonly method: string;
  readonly hour_of_week: number;
}

interface GroupRow extends Record<string, unknown>, Tally {
  readonly tenant_id: string;
  readonly method: string;
  readonly role: string;
  readonly hour_of_week: number;
  readonly late_hours: number;
}

const sumOf = (one: GroupTally, other: GroupTally): GroupTally => ({
  sent: one.sent + other.sent,
  read: one.read + other.read,
  lateHours: one.lateHours + other.lateHours,
});

/** Tallies by what they are of and by hour; those of one hour add up. */
class Weeks<T extends Tally> {
  readonly #weeks = new Map<string, Map<number, T>>();
  readonly #sum: (one: T, other: T) => T;

  constructor(sum: (one: T, other: T) => T) {
    this.#sum = sum;
  }

  add(key: readonly string[], hour: number, tally: T): void {
    const name = JSON.stringify(key);
    const week = this.#weeks.get(name) ?? new Map<number, T>();
    this.#weeks.set(name, week);
    const before = week.get(hour);
    week.set(hour, before ? this.#sum(before, tally) : tally);
  }

  of(key: readonly string[]): ReadonlyMap<number, T> {
    return this.#weeks.get(JSON.stringify(key)) ?? new Map();
  }
}
