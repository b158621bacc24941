import { test } from 'bun:test';
import { createMemoryBus } from '../../src/realtime/memory/bus.ts';
import { brokerContract } from '../contracts/broker/broker.ts';

brokerContract({
  name: 'the memory bus',
  test,
  outages: [],
  open: async () => ({ connect: createMemoryBus(), [Symbol.asyncDispose]: () => Promise.resolve() }),
});
