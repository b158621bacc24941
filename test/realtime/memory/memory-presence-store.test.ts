import { createMemoryPresence } from '../../../src/realtime/memory/presence-store.ts';
import { presenceLeaseMs } from '../../../src/realtime/ports/presence-store.ts';
import { presenceStoreContract } from '../../contracts/presence-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';

presenceStoreContract('the memory store', async () => {
  const clock = new ManualClock();
  clock.advance(Date.now() - clock.now());
  return {
    connect: createMemoryPresence({ clock }),
    lapse: async () => clock.advance(presenceLeaseMs + 1),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});
