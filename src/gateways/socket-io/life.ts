import type { StateTable } from '../../lib/state-table.ts';

/** `opened`: nobody has asked for the namespace. `asked`: the answer is under way. `begun`: packets flow. `over`: none does. */
type State = 'opened' | 'asked' | 'begun' | 'over';
type Event = 'connect' | 'begin' | 'end';

const transitions: StateTable<State, Event> = {
  opened: { connect: 'asked', begin: null, end: 'over' },
  asked: { connect: null, begin: 'begun', end: 'over' },
  begun: { connect: null, begin: null, end: 'over' },
  over: { connect: null, begin: null, end: null },
};

/** The life of a connection. What is to be sent before the namespace has answered waits for its beginning, in order. */
export class ConnectionLife {
  #state: State = 'opened';
  #waiting: (() => void)[] | undefined;

  /** Nothing is heard or sent any more; a polling client may still have to fetch its end. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** The namespace was accepted. */
  get isBegun(): boolean {
    return this.#state === 'begun';
  }

  get isHeldBack(): boolean {
    return this.#state === 'opened' || this.#state === 'asked';
  }

  /** Returns false, and changes nothing, where the state does not take the event. */
  move(event: Event): boolean {
    const next = transitions[this.#state][event];
    if (next === null) return false;
    this.#state = next;
    const waiting = this.#waiting;
    if (next === 'asked') return true;
    this.#waiting = undefined;
    if (next === 'begun') for (const run of waiting ?? []) run();
    return true;
  }

  /** Runs now, or at the beginning; never in a life that ends before it. */
  inOrder(run: () => void): void {
    if (!this.isHeldBack) run();
    else if (this.#waiting) this.#waiting.push(run);
    else this.#waiting = [run];
  }
}
