import { chancesOf, hoursOfWeek, lateHoursAt } from '../../src/tracking/prediction/model/chances.ts';
import { featuresOf, learn, scoreOf, type Weights } from '../../src/tracking/prediction/model/score.ts';
import { bestMoment, type Moment } from '../../src/tracking/prediction/model/timing.ts';
import { Memory } from './memory.ts';
import { type Message, makeMessages } from './messages.ts';
import { makePeople, type Person } from './people.ts';
import { hoursToRead, trueChance, type World } from './worlds.ts';

/** The sizes of a replay. */
export interface Plan {
  readonly people: number;
  /** Weeks that are learned from, and those after them, which are held out. */
  readonly learned: number;
  readonly heldOut: number;
  /** The longest wait. */
  readonly waitHours: number;
}

/** Hours from when a message was raised until it was read. */
export interface TimeToRead {
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  /** The share that was read within four hours. */
  readonly soon: number;
}

export interface Replay {
  /** Mean squared errors of the chance to be read within the hour, sent at once; the least is best. */
  readonly brier: Readonly<Record<'model' | 'role' | 'overall' | 'truth', number>>;
  readonly now: TimeToRead;
  readonly model: TimeToRead;
  /** The result if the true chances were known, with the late hours of the model. */
  readonly oracle: TimeToRead;
  readonly delayedShare: number;
  /** The delay of those that are delayed, in hours. */
  readonly meanDelay: number;
  /** Mean squared errors of being read within a day, of the score and of the overall share. */
  readonly score: { readonly model: number; readonly overall: number };
  /** The share of pairs, one read within a day and one not, of which the read one stands first, by score and by priority. */
  readonly order: { readonly score: number; readonly priority: number };
}

const hourMs = 3_600_000;

/** Sends all messages of the learned weeks at once, then those that are held out in each way, with the same luck. */
export function replay(world: World, seed: number, plan: Plan): Replay {
  const people = makePeople(plan.people, seed, world.flat);
  const messages = makeMessages(plan.people, plan.learned + plan.heldOut, seed + 1);
  const split = plan.learned * hoursOfWeek;
  const { memory, weights, readShare } = learnFrom(
    messages.filter(({ hour }) => hour < split),
    people,
    world,
  );
  // The last hours of the weeks are in nobody's past.
  const heldOut = messages.filter(({ hour }) => hour >= split);
  const ways = { now: [] as number[], model: [] as number[], oracle: [] as number[] };
  const errors = { model: 0, role: 0, overall: 0, truth: 0 };
  const scoreErrors = { model: 0, overall: 0 };
  const scored: { score: number; rank: number; isRead: boolean }[] = [];
  const delays: number[] = [];
  for (const message of heldOut) {
    const person = personOf(people, message);
    const habits = memory.habitsOf(message.person, person.role);
    const moments = momentsFrom(message.hour, plan.waitHours);
    const sendAt = (hour: number) => hour - message.hour + hoursToRead(person, message, hour, world);
    const now = sendAt(message.hour);
    const chosen = bestMoment(habits, moments, 1).at / hourMs;
    ways.now.push(now);
    ways.model.push(sendAt(chosen));
    const truth = (hour: number) => trueChance(person, message, hour);
    ways.oracle.push(sendAt(bestByTruth(moments, truth, (hour) => lateHoursAt(habits, hour))));
    if (chosen > message.hour) delays.push(chosen - message.hour);
    const isRead = now <= 1 ? 1 : 0;
    const hour = message.hour % hoursOfWeek;
    errors.model += (chancesOf(habits)(hour) - isRead) ** 2;
    errors.role += (chancesOf({ ...habits, person: new Map() })(hour) - isRead) ** 2;
    errors.overall += (memory.all.read / memory.all.sent - isRead) ** 2;
    errors.truth += (truth(message.hour) - isRead) ** 2;
    const isReadInDay = now <= 24;
    const score = scoreOf(weights, featuresFor(message));
    scoreErrors.model += (score - (isReadInDay ? 1 : 0)) ** 2;
    scoreErrors.overall += (readShare - (isReadInDay ? 1 : 0)) ** 2;
    scored.push({ score, rank: message.type.priority === 'low' ? 1 : 2, isRead: isReadInDay });
  }
  const mean = (sum: number) => sum / heldOut.length;
  return {
    brier: {
      model: mean(errors.model),
      role: mean(errors.role),
      overall: mean(errors.overall),
      truth: mean(errors.truth),
    },
    now: timeToRead(ways.now),
    model: timeToRead(ways.model),
    oracle: timeToRead(ways.oracle),
    delayedShare: delays.length / heldOut.length,
    meanDelay: delays.reduce((sum, delay) => sum + delay, 0) / Math.max(1, delays.length),
    score: { model: mean(scoreErrors.model), overall: mean(scoreErrors.overall) },
    order: {
      score: inOrder(scored, ({ score }) => score),
      priority: inOrder(scored, ({ rank }) => rank),
    },
  };
}

function learnFrom(messages: readonly Message[], people: readonly Person[], world: World) {
  const memory = new Memory();
  let weights: Weights = {};
  let reads = 0;
  for (const message of messages) {
    const person = personOf(people, message);
    const hours = hoursToRead(person, message, message.hour, world);
    memory.learn(message.person, person.role, message.hour, hours);
    weights = learn(weights, featuresFor(message), hours <= 24);
    if (hours <= 24) reads += 1;
  }
  return { memory, weights, readShare: reads / messages.length };
}

function personOf(people: readonly Person[], { person }: Message): Person {
  const found = people[person];
  if (!found) throw new Error(`There is no person ${person}.`);
  return found;
}

const momentsFrom = (hour: number, waitHours: number): [Moment, ...Moment[]] => [
  momentAt(hour),
  ...Array.from({ length: waitHours }, (_, later) => momentAt(hour + later + 1)),
];
const momentAt = (hour: number): Moment => ({ at: hour * hourMs, hour: hour % hoursOfWeek });

function bestByTruth(
  moments: readonly Moment[],
  chanceIn: (hour: number) => number,
  lateHoursIn: (hour: number) => number,
): number {
  const costs = moments.map(({ at, hour }) => {
    const chance = chanceIn(hour);
    return at / hourMs + chance / 2 + (1 - chance) * lateHoursIn(hour);
  });
  const best = costs.indexOf(Math.min(...costs));
  return (moments[best]?.at ?? 0) / hourMs;
}

const featuresFor = ({ type }: Message) =>
  featuresOf(
    {
      eventType: type.name,
      priority: type.priority,
      acknowledgement: type.asksPerson ? 'person' : 'none',
      actionUrl: type.hasAction ? '/a' : null,
      sourceUserId: null,
      expiresAt: null,
    },
    0,
  );

function timeToRead(hours: readonly number[]): TimeToRead {
  const sorted = hours.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    mean: sorted.reduce((sum, each) => sum + each, 0) / sorted.length,
    median: at(0.5),
    p90: at(0.9),
    soon: sorted.filter((each) => each <= 4).length / sorted.length,
  };
}

interface Placed {
  readonly isRead: boolean;
}

/** The area under the ROC curve, by ranks; equals share theirs. */
function inOrder<T extends Placed>(all: readonly T[], keyOf: (one: T) => number): number {
  const groups = [...Map.groupBy(all, keyOf)].toSorted(([one], [other]) => one - other);
  let [below, sum, reads] = [0, 0, 0];
  for (const [, group] of groups) {
    const read = group.filter(({ isRead }) => isRead).length;
    sum += read * (below + (group.length - read) / 2);
    below += group.length - read;
    reads += read;
  }
  return sum / (reads * below);
}
