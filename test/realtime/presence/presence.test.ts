import { describe, expect, test } from 'bun:test';
import { createMemoryBus } from '../../../src/realtime/memory/bus.ts';
import { createMemoryPresence } from '../../../src/realtime/memory/presence-store.ts';
import type { PresenceStore } from '../../../src/realtime/ports/presence-store.ts';
import type { Principal } from '../../../src/realtime/principal.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createEngine, someone } from '../../support/services/engine.ts';

const user = (userId: string): Principal => ({ ...someone, userId });

/** Processes on one clock, one bus and one store. */
function createProcesses(count: number, storeOf = (store: PresenceStore) => store) {
  const clock = new ManualClock();
  const connectBroker = createMemoryBus();
  const connectStore = createMemoryPresence({ clock });
  const engines = Array.from({ length: count }, () =>
    createEngine({ clock, connectBroker, presence: storeOf(connectStore()) }),
  );
  return {
    clock,
    engines,
    /** Lets everything that is due happen. */
    async settle(ms = 300) {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async reader(process: number, principal: Principal) {
      const engine = engines[process];
      if (!engine) throw new Error('There is no such process.');
      const { client, session } = await engine.connect(principal);
      await engine.subscribe(session, 'lobby');
      const told = (type: string) => client.frames.filter((frame) => frame.type === type);
      return { engine, client, session, told, leave: () => engine.manager.close(session) };
    },
  };
}

describe('who reads a channel with presence', () => {
  test('is told who else does, then who comes and goes', async () => {
    const { settle, reader, clock, engines } = createProcesses(1);
    const first = await reader(0, user('ana'));
    await settle();
    expect(first.told('presence_state')).toMatchObject([
      { channel: 'lobby', count: 1, users: [{ userId: 'ana', role: 'user' }] },
    ]);
    const second = await reader(0, user('ben'));
    expect(second.told('presence_state')).toMatchObject([{ count: 1, users: [{ userId: 'ana' }] }]);
    await settle();
    for (const { told } of [first, second]) {
      expect(told('presence_diff')).toMatchObject([{ count: 2, joins: [{ userId: 'ben' }], leaves: [] }]);
    }
    second.leave();
    clock.advance(14_000);
    engines[0]?.manager.sweep();
    await settle();
    expect(first.told('presence_diff')).toHaveLength(1);
    clock.advance(1_000);
    engines[0]?.manager.sweep();
    await settle();
    expect(first.told('presence_diff')[1]).toMatchObject({ count: 1, joins: [], leaves: ['ben'] });
  });

  test('is one, however many devices they have, and stays while one of them does', async () => {
    const { settle, reader, clock, engines } = createProcesses(1);
    const first = await reader(0, user('ana'));
    const phone = await reader(0, user('ben'));
    await reader(0, user('ben'));
    await settle();
    phone.leave();
    clock.advance(60_000);
    engines[0]?.manager.sweep();
    await settle();
    expect(first.told('presence_state').concat(first.told('presence_diff')).at(-1)).toMatchObject({
      count: 2,
    });
  });

  test('was never away when they come back in time, to whatever process', async () => {
    const { settle, reader, clock, engines } = createProcesses(2);
    const first = await reader(0, user('ana'));
    const here = await reader(0, user('ben'));
    await settle();
    const before = first.told('presence_diff').length;
    here.leave();
    clock.advance(10_000);
    await reader(1, user('ben'));
    await settle();
    clock.advance(10_000);
    for (const { manager } of engines) manager.sweep();
    await settle();
    expect(first.told('presence_diff')).toHaveLength(before);
  });

  test('hears of readers in other processes', async () => {
    const { settle, reader } = createProcesses(2);
    const here = await reader(0, user('ana'));
    await settle();
    await reader(1, user('ben'));
    await settle();
    expect(here.told('presence_diff')).toMatchObject([{ count: 2, joins: [{ userId: 'ben' }] }]);
  });

  test('hears that the users of a process that died are gone', async () => {
    const { settle, reader, clock, engines } = createProcesses(2);
    const here = await reader(0, user('ana'));
    await reader(1, user('ben'));
    await settle();
    clock.advance(10_000);
    await engines[0]?.manager.beat();
    clock.advance(10_000);
    await engines[0]?.manager.beat();
    await settle();
    expect(here.told('presence_diff').at(-1)).toMatchObject({ count: 1, leaves: ['ben'] });
  });

  test('is not somebody when they are a service', async () => {
    const { settle, reader } = createProcesses(1);
    const service = await reader(0, { ...someone, userId: 'service', service: true });
    await settle();
    expect(service.told('presence_state')).toMatchObject([{ count: 0, users: [] }]);
  });

  test('is told of a crowd in a few frames, with the exact number and at most a hundred of them', async () => {
    const { settle, reader } = createProcesses(1);
    const first = await reader(0, user('ana'));
    await settle();
    for (let n = 0; n < 250; n++) await reader(0, user(`user${n}`));
    await settle(1_000);
    const diffs = first.told('presence_diff');
    expect(diffs.length).toBeLessThan(10);
    expect(diffs.at(-1)).toMatchObject({ count: 251 });
    const late = await reader(0, user('late'));
    const [state] = late.told('presence_state');
    expect(state?.type === 'presence_state' && state.users).toHaveLength(100);
  });

  test('is known to the store again after it was away', async () => {
    let away = false;
    let lost = false;
    const { settle, reader, engines } = createProcesses(2, (store) => ({
      ...store,
      async enter(entries) {
        if (!away) return store.enter(entries);
        lost = true;
        throw new Error('away');
      },
      beat: async () => ({ ...(await store.beat()), lost }),
    }));
    const here = await reader(0, user('ana'));
    await settle();
    away = true;
    await reader(1, user('ben'));
    await settle();
    expect(here.told('presence_diff')).toEqual([]);
    away = false;
    await engines[1]?.manager.beat();
    await settle();
    expect(here.told('presence_diff').at(-1)).toMatchObject({ joins: [{ userId: 'ben' }] });
  });
});
