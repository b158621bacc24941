import type { Domain } from '../../src/domains/domain.ts';

/** Channels that everybody reads and writes, for tests of what the engine does under load. */
export const openDomain: Domain = {
  name: 'open',
  channels: () => [{ pattern: 'open:{id}', read: () => true, publish: () => true }],
};
