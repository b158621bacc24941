import type { StateTable } from '../../lib/state-table.ts';

/**
 * `opening`: the head of the log is not known. `live`: what comes next is delivered as it comes. `repairing`: the log
 * holds more than was delivered, or has begun a new life, and is being read. `closed`: nobody reads the channel here.
 */
export type ChannelState = 'opening' | 'live' | 'repairing' | 'closed';

/** `behind`: word came of something that this channel does not have. */
export type ChannelEvent = 'opened' | 'behind' | 'repaired' | 'close';

export const channelStates: StateTable<ChannelState, ChannelEvent> = {
  // Word that comes before the head is known is kept until it is.
  opening: { opened: 'live', behind: 'opening', repaired: null, close: 'closed' },
  live: { opened: null, behind: 'repairing', repaired: null, close: 'closed' },
  // The read under way looks at all that was heard of meanwhile before it ends.
  repairing: { opened: null, behind: 'repairing', repaired: 'live', close: 'closed' },
  // The reads that were under way end in it.
  closed: { opened: 'closed', behind: 'closed', repaired: 'closed', close: 'closed' },
};
