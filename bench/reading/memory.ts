import {
  type GroupTally,
  type Habits,
  hoursOfWeek,
  longestHours,
  mostSent,
  type Tally,
} from '../../src/tracking/prediction/model/chances.ts';

interface Counted {
  sent: number;
  read: number;
  lateHours: number;
}

/** Keeps the tallies that the product keeps in its tables, for one school and one method. */
export class Memory {
  readonly #people = new Map<number, Map<number, Counted>>();
  readonly #roles = new Map<string, Map<number, Counted>>();
  readonly #school = new Map<number, Counted>();
  readonly #all: Counted = { sent: 0, read: 0, lateHours: 0 };

  /** Counts a message that was read `hours` after it was sent in this hour. */
  learn(person: number, role: string, hour: number, hours: number): void {
    const hourOfWeek = hour % hoursOfWeek;
    add(cellOf(weekOf(this.#people, person), hourOfWeek), hours, mostSent.person);
    add(cellOf(weekOf(this.#roles, role), hourOfWeek), hours, mostSent.group);
    add(cellOf(this.#school, hourOfWeek), hours, mostSent.group);
    add(this.#all, hours, Number.POSITIVE_INFINITY);
  }

  habitsOf(person: number, role: string): Habits {
    return {
      all: this.#all,
      school: this.#school,
      role: this.#roles.get(role) ?? nothing,
      person: this.#people.get(person) ?? nothing,
    };
  }

  get all(): Tally {
    return this.#all;
  }
}

const nothing: ReadonlyMap<number, GroupTally> = new Map();

function weekOf<K>(weeks: Map<K, Map<number, Counted>>, key: K): Map<number, Counted> {
  const week = weeks.get(key) ?? new Map<number, Counted>();
  weeks.set(key, week);
  return week;
}

function cellOf(week: Map<number, Counted>, hour: number): Counted {
  const cell = week.get(hour) ?? { sent: 0, read: 0, lateHours: 0 };
  week.set(hour, cell);
  return cell;
}

function add(cell: Counted, hours: number, most: number): void {
  // This is the update of a tally in `learnReads`.
  const kept = Math.min(1, most / (cell.sent + 1));
  const isRead = hours <= 1;
  cell.sent = (cell.sent + 1) * kept;
  cell.read = (cell.read + (isRead ? 1 : 0)) * kept;
  cell.lateHours = (cell.lateHours + (isRead ? 0 : Math.min(hours, longestHours))) * kept;
}
