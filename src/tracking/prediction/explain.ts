import { sql } from 'drizzle-orm';
import { servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import type { Tracking } from '../tracking.ts';
import { readHabits } from './habits.ts';
import { chancesOf, hoursOfWeek, lateHoursAt, standingOf } from './model/chances.ts';
import { features, type Weights } from './model/score.ts';
import { expectedHoursOf } from './model/timing.ts';
import { roleOf } from './readers.ts';

/** The knowledge of the prediction. */
export interface Prediction {
  /** Attempts that began until then were learned from; null before the first pass. */
  readonly learnedUntil: string | null;
  /** The number of messages. */
  readonly learned: number;
  /** The weights of the priority score, the largest first. */
  readonly weights: readonly {
    readonly feature: string;
    readonly meaning: string;
    readonly weight: number;
  }[];
}

/** The habits of a person, as the prediction sees them. */
export interface ReadingTimes {
  /** The role that the person is compared with; empty where they have none at the tenant. */
  readonly role: string;
  /** The factor by which they read more within the hour than the role. */
  readonly standing: number;
  /** By hour of the week, from Monday 00:00 by the clock of the person. */
  readonly hours: readonly {
    readonly hour: number;
    /** The messages to the person that were counted, and those read within the hour. */
    readonly sent: number;
    readonly read: number;
    /** To read within the hour what is sent in this one. */
    readonly chance: number;
    /** Until a message is read that is not read within the hour. */
    readonly lateHours: number;
    /** Until a message is read. */
    readonly expectedHours: number;
  }[];
}

type Tables = Pick<Tracking, 'database' | 'members'>;

export function readPrediction(tracking: Tables): Promise<Prediction> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const { rows } = await tx.execute<{ learned_until: string; learned: string; weights: Weights }>(
      sql`select learned_until, learned, weights from public.realtime_predictions where name = 'reads'`,
    );
    const [row] = rows;
    const weights = Object.entries(row?.weights ?? {})
      .map(([feature, { weight }]) => ({ feature, meaning: meaningOf(feature), weight }))
      .toSorted((one, other) => Math.abs(other.weight) - Math.abs(one.weight));
    return {
      learnedUntil: row ? new Date(row.learned_until).toISOString() : null,
      learned: Number(row?.learned ?? 0),
      weights,
    };
  });
}

const meaningOf = (feature: string) =>
  Object.hasOwn(features, feature) ? features[feature as keyof typeof features] : 'it is of this type';

/** Reads when a person reads what comes by a method, as the planning of their deliveries does. */
export function readReadingTimes(
  tracking: Tables,
  {
    userId,
    tenantId,
    method,
  }: { readonly userId: string; readonly tenantId: string; readonly method: string },
): Promise<ReadingTimes> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const { rows } = await tx.execute<{ role: string }>(
      sql`select ${roleOf(tracking.members, sql`${userId}::text`, sql`nullif(${tenantId}::text, '')`)} as role`,
    );
    const role = rows[0]?.role ?? '';
    const reader = { userId, tenantId, role, method };
    const habits = (await readHabits(tx, [reader]))(reader);
    const [chanceAt, expectedAt] = [chancesOf(habits), expectedHoursOf(habits)];
    const hours = Array.from({ length: hoursOfWeek }, (_, hour) => {
      const { sent, read } = habits.person.get(hour) ?? { sent: 0, read: 0 };
      return {
        hour,
        sent,
        read,
        chance: chanceAt(hour),
        lateHours: lateHoursAt(habits, hour),
        expectedHours: expectedAt(hour),
      };
    });
    return { role, standing: standingOf(habits), hours };
  });
}
