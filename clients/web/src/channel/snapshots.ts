import { listeners } from '../listeners.ts';
import * as Pause from '../pauses.ts';
import type { Channel, ChannelOptions, Environment, Snapshot } from '../types.ts';
import type { OwnChannel } from './own-channel.ts';
import { type Position, parsePosition } from './position.ts';

/** The part of the client that fetching a state needs. */
export interface SnapshotHost {
  readonly environment: Environment;
  report(code: string, cause: unknown, channel: string): void;
}

/** The present state of a channel: fetched at first and whenever history is gone, in line with the publications. */
export function withSnapshots(
  { environment, report }: SnapshotHost,
  channel: OwnChannel & { snapshot?: Snapshot },
): Pick<Channel, 'refresh' | 'on'> & Pick<OwnChannel, 'arrive'> {
  const onSnapshot = listeners<[Snapshot]>(channel.failed);
  const { on, push, name } = channel;
  let aborting = new AbortController();
  /** `refresh` was called, and the state has not come yet. */
  let isDue = false;

  on('state', ({ status }) => {
    if (status !== 'unsubscribed') return;
    aborting.abort();
    aborting = new AbortController();
  });

  const fetcher = () => (channel.options as ChannelOptions).getState;

  /** Fetches the present state, as often as it takes. */
  async function fetchState(from: Position): Promise<void> {
    const { signal } = aborting;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const found = await fetcher()?.(signal);
        if (!found || signal.aborted) return;
        const at = parsePosition(found.position);
        const isComparable = at?.epoch === from.epoch;
        isDue = false;
        channel.move(isComparable ? at : from);
        channel.snapshot = found;
        void onSnapshot.call(found);
        if (isComparable && at.offset < from.offset) channel.restart(at);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        report('snapshot_failed', thrown, name);
        const pause = Pause.before(attempt, environment.random());
        await new Promise<void>((resolve) => environment.after(pause, resolve));
      }
    }
  }

  return {
    on: (event: 'state' | 'snapshot', handler: unknown) =>
      event === 'state' ? on(event, handler as () => void) : onSnapshot.add(handler as () => void),
    arrive: (at, found) => (fetcher() && (isDue || !found) ? fetchState(at) : undefined),
    refresh() {
      isDue = true;
      // Without a subscription, the next one fetches it.
      push(() => {
        const at = parsePosition(channel.state.position);
        return isDue && at ? fetchState(at) : undefined;
      });
    },
  };
}
