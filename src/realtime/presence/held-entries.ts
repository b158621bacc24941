import { nextState, type StateTable } from '../../lib/state-table.ts';

/**
 * The entries of a process in a presence store. `none`: it has entered nothing. `held`: its lease keeps them. `lost`: the
 * lease was over meanwhile, or nobody knows what an interrupted statement has done; they have to be entered again.
 */
type State = 'none' | 'held' | 'lost';

/** `created`: a statement found no lease and made one. `missing`: the beat found none. */
type Event = 'renewed' | 'created' | 'interrupted' | 'beaten' | 'missing';

const states: StateTable<State, Event> = {
  none: { renewed: 'held', created: 'held', interrupted: 'lost', beaten: 'none', missing: 'none' },
  held: { renewed: 'held', created: 'lost', interrupted: 'lost', beaten: 'held', missing: 'none' },
  // A beat removes what is left of them.
  lost: { renewed: 'lost', created: 'lost', interrupted: 'lost', beaten: 'none', missing: 'none' },
};

export class HeldEntries {
  #state: State = 'none';

  get state(): State {
    return this.#state;
  }

  move(event: Event): void {
    this.#state = nextState(states, this.#state, event);
  }

  /** The beat found the lease, or did not. Returns whether entries were lost. */
  beaten(isLeased: boolean): boolean {
    const before = this.#state;
    this.move(isLeased ? 'beaten' : 'missing');
    return before !== 'none' && this.#state === 'none';
  }
}
