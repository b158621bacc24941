import { hoursOfWeek } from '../../src/tracking/prediction/model/chances.ts';
import { seededRandom } from '../../test/support/random.ts';
import type { Message } from './messages.ts';
import type { Person } from './people.ts';

/** The treatment of a message that a person did not read within the hour. */
export interface World {
  readonly name: string;
  readonly description: string;
  /** The share of its chance that it has in each hour after the first. */
  readonly laterShare: number;
  /** Whether people read as likely at any hour. */
  readonly flat?: true;
}

export const worlds: readonly World[] = [
  {
    name: 'buried',
    description: 'a missed message is buried under others: its chance is a tenth from the second hour on',
    laterShare: 0.1,
  },
  {
    name: 'half buried',
    description: 'its chance is a half from the second hour on',
    laterShare: 0.5,
  },
  {
    name: 'kept',
    description: 'a missed message stays in sight: it is as likely read in the next free hour as a new one',
    laterShare: 1,
  },
  {
    name: 'no habits',
    description: 'as buried, and people read as likely at any hour',
    laterShare: 0.1,
    flat: true,
  },
];

/** After a week without reading, nobody is waited for any more. */
const mostHours = hoursOfWeek;

/** Returns the probability that a person reads a message within the hour, sent in this hour. */
export const trueChance = ({ inclination }: Person, { type }: Message, hour: number): number =>
  1 / (1 + Math.exp(-((inclination[hour % hoursOfWeek] ?? 0) + type.appeal)));

/**
 * Returns the hours from when a message is sent until it is read. A message has the same luck in the same hour, whenever it
 * was sent, so that two ways to send it differ by nothing else.
 */
export function hoursToRead(person: Person, message: Message, sentAt: number, { laterShare }: World): number {
  for (let passed = 0; passed < mostHours; passed++) {
    const hour = sentAt + passed;
    const random = seededRandom(message.seed + hour * 7919);
    const chance = trueChance(person, message, hour) * (passed === 0 ? 1 : laterShare);
    if (random() < chance) return passed + random();
  }
  return mostHours;
}
