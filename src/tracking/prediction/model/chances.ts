/** Hours of a week, from Monday 00:00 to Sunday 23:00 by the clock of the person. */
export const hoursOfWeek = 168;

/** Messages that were sent in an hour of the week. */
export interface Tally {
  readonly sent: number;
  /** Those that were read within the hour after they were sent. */
  readonly read: number;
}

/** The tally of a group, with the time that the messages took which were not read within the hour. */
export interface GroupTally extends Tally {
  /** The sum of their hours until they were read, each counted as {@link longestHours} at most. */
  readonly lateHours: number;
}

/** Tallies by hour of the week; an hour without messages may be left out. */
export type Week<T extends Tally> = ReadonlyMap<number, T>;

/** The past of one person by one method, and that of the groups that the person belongs to. */
export interface Habits {
  /** All people and hours of the school. */
  readonly all: GroupTally;
  readonly school: Week<GroupTally>;
  /** People of the same role at the same school. */
  readonly role: Week<GroupTally>;
  readonly person: Week<Tally>;
}

/** A message that is not read by then counts as read then. */
export const longestHours = 24;

/** The weight, in messages, of the wider level beside those of the narrower one. */
export const strengths = { school: 40, role: 40, standing: 3, day: 8, person: 16, late: 60 } as const;

/**
 * Returns the mean of a Beta-binomial posterior. With the prior Beta(strength × mean, strength × (1 − mean)), whose mean is
 * `mean` and whose weight is that of `strength` messages, and `read` of `sent` messages seen, the posterior is
 * Beta(strength × mean + read, strength × (1 − mean) + sent − read), of the mean
 *
 *     (strength × mean + read) / (strength + sent)
 *
 * A. Gelman et al., Bayesian Data Analysis, 3rd edition, sections 2.4 and 5.3.
 */
export const shrunk = ({ sent, read }: Tally, mean: number, strength: number): number =>
  (strength * mean + read) / (strength + sent);

/** Returns the probability that somebody of the role reads a message of this hour of the week within the hour. */
function roleChanceAt({ all, school, role }: Habits, hour: number): number {
  const ofAll = shrunk(all, 1 / 2, 2);
  const ofSchool = shrunk(school.get(hour) ?? none, ofAll, strengths.school);
  return shrunk(role.get(hour) ?? none, ofSchool, strengths.role);
}

/**
 * Returns by which factor a person reads more within the hour than the role, over all hours in which they were sent
 * something:
 *
 *     (strength + read) / (strength + expected),   expected = Σ sent × chance of the role
 *
 * This is the posterior mean of a standardised ratio with a Gamma prior of the mean 1: D. Clayton and J. Kaldor, Empirical
 * Bayes estimates of age-standardized relative risks (1987).
 */
export function standingOf(habits: Habits): number {
  let [read, expected] = [0, 0];
  for (const [hour, tally] of habits.person) {
    read += tally.read;
    expected += tally.sent * roleChanceAt(habits, hour);
  }
  return (strengths.standing + read) / (strengths.standing + expected);
}

/**
 * Returns the probability that a person reads within an hour a message that is sent in an hour of the week. Each level is
 * {@link shrunk} to the next wider one: the person in this hour of the week, to the person in this hour of all workdays, or
 * of both days of the weekend, to the role in this hour of the week with its odds times {@link standingOf}, to the school in
 * this hour, to all people and hours with the prior Beta(1, 1). A level without messages leaves the wider one as it is. The chain is that of D. MacKay and
 * L. Peto, A hierarchical Dirichlet language model (1995), with two outcomes: a wider level includes the narrower ones.
 */
export function chancesOf(habits: Habits): (hour: number) => number {
  const standing = standingOf(habits);
  const { person } = habits;
  return (hour) => {
    const ofRole = roleChanceAt(habits, hour);
    const ofPerson = (standing * ofRole) / (1 - ofRole + standing * ofRole);
    const ofDay = shrunk(sumOf(person, sameHours(hour)), ofPerson, strengths.day);
    return shrunk(person.get(hour) ?? none, ofDay, strengths.person);
  };
}

/**
 * Returns the hours until a message of this hour of the week is read that was not read within the hour: the mean of the
 * role, shrunk to that of the school and of all. For a normal mean with a normal prior of the weight of `strength` messages
 * this is the posterior mean (Gelman et al., section 2.5).
 */
export function lateHoursAt({ all, school, role }: Habits, hour: number): number {
  const shrunkLate = ({ sent, read, lateHours }: GroupTally, mean: number, strength: number) =>
    (strength * mean + lateHours) / (strength + sent - read);
  const ofAll = shrunkLate(all, longestHours / 2, 1);
  const ofSchool = shrunkLate(school.get(hour) ?? none, ofAll, strengths.late);
  return shrunkLate(role.get(hour) ?? none, ofSchool, strengths.late);
}

/** A tally keeps at most so many messages: what came before has less and less weight. */
export const mostSent = { person: 30, group: 3_000 } as const;

const none: GroupTally = { sent: 0, read: 0, lateHours: 0 };
const hoursOfDay = 24;
const weekend = 5 * hoursOfDay;

/** The hours of the week at the same time of day, of the workdays or of the weekend. */
export function sameHours(hour: number): readonly number[] {
  const days = hour < weekend ? [0, 1, 2, 3, 4] : [5, 6];
  return days.map((day) => day * hoursOfDay + (hour % hoursOfDay));
}

function sumOf(week: Week<Tally>, hours: readonly number[]): Tally {
  let [sent, read] = [0, 0];
  for (const hour of hours) {
    const tally = week.get(hour);
    sent += tally?.sent ?? 0;
    read += tally?.read ?? 0;
  }
  return { sent, read };
}
