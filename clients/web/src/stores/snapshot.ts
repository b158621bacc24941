import type { Channel, ChannelState, Client, Publication, Snapshot, Undo } from '../types.ts';
import { type Store, unsubscribed } from './store.ts';

/** The making of a state: from a snapshot, and from every publication after it. */
export interface SnapshotRules<T> {
  /** The state that the page came with, as from a server that rendered it. Without a position it is fetched anew. */
  readonly initial?: Snapshot<T> | undefined;
  getState(signal: AbortSignal): Promise<Snapshot<T>>;
  reduce(data: T, publication: Publication): T;
}

/** `data` is undefined until the first snapshot is there. */
export interface Kept<T> extends ChannelState {
  readonly data: T | undefined;
}

export const empty: Kept<never> = { ...unsubscribed, data: undefined };

/** The value before anything began. */
export const firstOf = <T>(initial: Snapshot<T> | undefined): Kept<T> =>
  initial ? { ...empty, data: initial.data } : empty;

/** The state that all readers of one channel share. */
interface Shared {
  readonly readers: Map<() => void, SnapshotRules<unknown>>;
  kept: Kept<unknown>;
  /** The position at which the last reader went, or the first one begins; undefined while there was none. */
  leftAt?: string | null;
  stop?: Undo;
}

const states = new WeakMap<Channel, Shared>();

/**
 * The state of a channel: its snapshot, brought up to date by every publication. All readers of a name share one state,
 * by the rules of the first.
 */
export function snapshotStore<T>(client: Client, name: string, rules: SnapshotRules<T>): Store<Kept<T>> {
  const first = firstOf(rules.initial);
  return {
    get: () => (states.get(client.channel(name))?.kept ?? first) as Kept<T>,
    subscribe(notify) {
      const channel = client.channel(name);
      const state: Shared = states.get(channel) ?? { readers: new Map(), kept: first };
      states.set(channel, state);
      state.readers.set(notify, rules as SnapshotRules<never> as SnapshotRules<unknown>);
      if (state.readers.size === 1) {
        const getState = (signal: AbortSignal) => rulesOf(state).getState(signal);
        const { position: since } = rules.initial ?? {};
        // The first reader of a channel that nobody else reads goes on from the state that the page came with.
        const isFirst = state.leftAt === undefined && channel.state.status === 'unsubscribed';
        if (isFirst && since !== undefined) {
          client.channel(name, { since });
          state.leftAt = channel.state.position;
        }
        state.stop = read(client.channel(name, { getState }), state);
      }
      return () => {
        state.readers.delete(notify);
        if (state.readers.size === 0) state.stop?.();
      };
    },
  };
}

const rulesOf = ({ readers }: Shared) => [...readers.values()][0] as SnapshotRules<unknown>;

function read(channel: Channel, state: Shared): Undo {
  const keep = (data: unknown) => {
    state.kept = { ...channel.state, data };
    for (const notify of [...state.readers.keys()]) notify();
  };
  const undo = [
    channel.on('state', () => keep(state.kept.data)),
    channel.on('snapshot', ({ data }) => keep(data)),
    channel.subscribe((publication) => {
      const { data } = state.kept;
      if (data !== undefined) keep(rulesOf(state).reduce(data, publication));
    }),
  ];
  // Publications came while nobody read, or the channel was left: the state is fetched again.
  if (state.kept.data === undefined || state.leftAt !== channel.state.position) channel.refresh();
  return () => {
    state.leftAt = channel.state.position;
    for (const each of undo) each();
  };
}
