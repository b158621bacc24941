import { seededRandom } from '../../test/support/random.ts';

/** A message of the priority `low` or `normal` to one person. */
export interface Message {
  /** The index of the person. */
  readonly person: number;
  /** Hours since Monday 00:00 of the first week. */
  readonly hour: number;
  readonly type: MessageType;
  /** Different for each message: the luck of its reading. */
  readonly seed: number;
}

export interface MessageType {
  readonly name: string;
  readonly priority: 'low' | 'normal';
  readonly hasAction: boolean;
  readonly asksPerson: boolean;
  /** The amount that it adds to the log-odds of being read. */
  readonly appeal: number;
}

export const types: readonly MessageType[] = [
  { name: 'payment_received', priority: 'normal', hasAction: false, asksPerson: false, appeal: 0.7 },
  { name: 'assignment_overdue', priority: 'normal', hasAction: true, asksPerson: false, appeal: 0.4 },
  { name: 'fee_assignment_created', priority: 'normal', hasAction: true, asksPerson: false, appeal: 0.2 },
  { name: 'school_announcement', priority: 'normal', hasAction: false, asksPerson: false, appeal: -0.3 },
  { name: 'user_login', priority: 'low', hasAction: false, asksPerson: false, appeal: -1.2 },
  { name: 'consent_form', priority: 'low', hasAction: true, asksPerson: true, appeal: 0.6 },
];

const perDay = 2.5;
/** The share of messages that leave while the school is open. */
const whileOpen = 0.8;

/** Makes what is sent to people in these weeks, in the order of time. */
export function makeMessages(people: number, weeks: number, seed: number): readonly Message[] {
  const random = seededRandom(seed);
  const days = weeks * 7;
  const messages = Array.from({ length: Math.round(people * perDay * days) }, (): Message => {
    const type = types[Math.floor(random() * types.length)] ?? types[0];
    if (!type) throw new Error('There are no types.');
    const isOpen = random() < whileOpen;
    const day = isOpen ? workday(Math.floor(random() * weeks * 5)) : Math.floor(random() * days);
    const time = isOpen ? 7 + Math.floor(random() * 10) : 7 + Math.floor(random() * 15);
    return { person: Math.floor(random() * people), hour: day * 24 + time, type, seed: random() * 2 ** 32 };
  });
  return messages.sort((one, other) => one.hour - other.hour);
}

const workday = (index: number) => Math.floor(index / 5) * 7 + (index % 5);
