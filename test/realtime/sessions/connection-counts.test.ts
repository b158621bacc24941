import { expect, test } from 'bun:test';
import { createMemoryBus } from '../../../src/realtime/memory/bus.ts';
import { createMemoryPresence } from '../../../src/realtime/memory/presence-store.ts';
import type { PresenceStore, Told } from '../../../src/realtime/ports/presence-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createEngine, limits, someone } from '../../support/services/engine.ts';
import { settled } from '../../support/settled.ts';

const second = 1_000;
const tooMany = { code: 'too_many_connections', retryAfterMs: 2 * limits.heartbeatMs };

/** Processes that share a store and a bus, and what each told the store. */
async function createProcesses(count: number, change: Partial<PresenceStore> = {}) {
  const clock = new ManualClock();
  const connectBroker = createMemoryBus();
  const connectStore = createMemoryPresence({ clock });
  const processes = Array.from({ length: count }, () => {
    const store = connectStore();
    const told: (readonly Told[])[] = [];
    const presence = {
      ...store,
      tell(counts: readonly Told[]) {
        told.push(counts);
        return (change.tell ?? store.tell)(counts);
      },
    };
    return { ...createEngine({ clock, connectBroker, presence }), told };
  });
  for (const { manager } of processes) await manager.start();
  const pass = async (ms = second) => {
    clock.advance(ms);
    await settled();
  };
  const [here, there = here] = processes;
  if (!here || !there) throw new Error('There is one at least.');
  return { here, there, pass };
}

async function fill({ connect }: Awaited<ReturnType<typeof createProcesses>>['here'], count: number) {
  const connected = [];
  for (let n = 0; n < count; n++) connected.push(await connect(someone));
  return connected;
}

test('connecting and closing wait for nobody, and a burst of users is told in one statement', async () => {
  const { here, pass } = await createProcesses(1, { tell: () => new Promise(() => undefined) });
  const users = Array.from({ length: 500 }, (_, n) => ({ ...someone, userId: `user ${n}` }));
  for (const user of users) await here.connect(user);
  await pass();
  const { session } = await here.connect(someone);
  here.manager.close(session);
  expect(here.told.map((counts) => counts.length)).toEqual([500]);
});

test('one statement a second, and none when nothing changed', async () => {
  const { here, pass } = await createProcesses(1);
  for (let round = 0; round < 10; round++) {
    await here.connect({ ...someone, userId: `user ${round}` });
    await pass(100);
  }
  expect(here.told.length).toBe(1);
  await pass();
  expect(here.told.map((counts) => counts.length)).toEqual([1, 9]);
  const { session } = await here.connect(someone);
  here.manager.close(session);
  await pass(10 * second);
  expect(here.told.length).toBe(2);
});

test('a connection that is one too many over all processes ends within a second, and no other', async () => {
  const { here, there, pass } = await createProcesses(2);
  const old = await fill(here, 3);
  await pass();
  const newer = await fill(there, 3);
  await pass();
  expect(old.map(({ client }) => client.ended)).toEqual([undefined, undefined, undefined]);
  expect(newer.map(({ client }) => client.ended)).toEqual([undefined, undefined, 'too_many_connections']);
  expect(newer[2]?.client.frames.at(-1)).toMatchObject({ type: 'error', ...tooMany });
});

test('what the others told refuses the next one at once, and who closes makes room', async () => {
  const { here, there, pass } = await createProcesses(2);
  await fill(here, 2);
  await pass();
  const [last] = await fill(there, 3);
  await pass();
  for (const process of [here, there]) await expect(process.connect(someone)).rejects.toMatchObject(tooMany);
  if (last) there.manager.close(last.session);
  await pass();
  await here.connect(someone);
});

test('two processes that fill up in the same second keep as many as are allowed', async () => {
  const { here, there, pass } = await createProcesses(2);
  const all = await Promise.all([fill(here, limits.socketsPerUser), fill(there, limits.socketsPerUser)]);
  await pass();
  await pass();
  const live = all.flat().filter(({ client }) => client.ended === undefined);
  expect(live.length).toBe(limits.socketsPerUser);
});

test('a process that died without a word holds nobody off for longer than its lease', async () => {
  const { here, there, pass } = await createProcesses(2);
  await fill(there, 4);
  await pass();
  await fill(here, 1);
  await pass();
  await expect(here.connect(someone)).rejects.toMatchObject(tooMany);
  await pass(20 * second);
  await here.manager.beat();
  // Asked by its refusal, the next one is answered by what is so now.
  await expect(here.connect(someone)).rejects.toMatchObject(tooMany);
  await pass();
  await here.connect(someone);
});

test('while the store is away each process counts alone, and tells it all when the store is back', async () => {
  let isAway = true;
  const { here, pass } = await createProcesses(1, {
    tell: (counts) => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(counts.map(() => 0))),
  });
  await fill(here, limits.socketsPerUser);
  await expect(here.connect(someone)).rejects.toMatchObject(tooMany);
  await pass();
  isAway = false;
  await pass();
  expect(here.told.at(-1)).toEqual([
    { channel: '@recording', userId: 'someone', role: 'user', count: limits.socketsPerUser },
  ]);
  await pass(10 * second);
  expect(here.told.length).toBe(2);
});
