import type { Channel, ChannelState, Client, Publication, Snapshot, Undo } from '../types.ts';
import { type Store, unsubscribed } from './store.ts';

/** The making of a state: from a snapshot, and from every publication after it. */
export interface SnapshotRules<T> {
  getState(signal: AbortSignal): Promise<Snapshot<T>>;
  reduce(data: T, publication: Publication): T;
}

/** `data` is undefined until the first snapshot is there. */
export interface Kept<T> extends ChannelState {
  readonly data: T | undefined;
}

export const empty: Kept<never> = { ...unsubscribed, data: undefined };

/** The state that all readers of one channel share. */
interface Shared {
  readonly readers: Map<() => void, SnapshotRules<unknown>>;
  kept: Kept<unknown>;
  /** Position when the last reader went. */
  leftAt?: string | null;
  stop?: Undo;
}

const states = new WeakMap<Channel, Shared>();

/**
 * The state of a channel: its snapshot, brought up to date by every publication. All readers of a name share one state,
 * by the rules of the first.
 */
export const snapshotStore = <T>(client: Client, name: string, rules: SnapshotRules<T>): Store<Kept<T>> => ({
  get: () => (states.get(client.channel(name))?.kept ?? empty) as Kept<T>,
  subscribe(notify) {
    const channel = client.channel(name);
    const state: Shared = states.get(channel) ?? { readers: new Map(), kept: empty };
    states.set(channel, state);
    state.readers.set(notify, rules as SnapshotRules<never> as SnapshotRules<unknown>);
    if (state.readers.size === 1) {
      const getState = (signal: AbortSignal) => rulesOf(state).getState(signal);
      state.stop = read(client.channel(name, { getState }), state);
    }
    return () => {
      state.readers.delete(notify);
      if (state.readers.size === 0) state.stop?.();
    };
  },
});

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
