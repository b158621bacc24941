import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../src/errors.ts';
import type { Namespace } from '../../../src/realtime/channels/namespace.ts';
import { reviewCommand } from '../../../src/realtime/control/control.ts';
import { createMemoryBus } from '../../../src/realtime/memory/bus.ts';
import { MemoryEventLog } from '../../../src/realtime/memory/event-log.ts';
import { createMemoryPresence } from '../../../src/realtime/memory/presence-store.ts';
import { createMemoryRevocations } from '../../../src/realtime/memory/revocation-store.ts';
import type { ConnectBroker } from '../../../src/realtime/ports/broker.ts';
import type { RevocationStore } from '../../../src/realtime/ports/revocation-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createEngine, someone } from '../../support/services/engine.ts';
import { until } from '../../support/until.ts';

/** A bus that carries nothing. */
const deaf: ConnectBroker = () => ({
  name: 'deaf',
  connected: true,
  announce: () => undefined,
  echo: () => undefined,
  signal: () => undefined,
  join: () => Promise.resolve(),
  leave: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

async function createProcesses(
  connectBroker: ConnectBroker = createMemoryBus(),
  more: { readonly namespaces?: readonly Namespace[] } = {},
) {
  let epochs = 0;
  const clock = new ManualClock();
  const shared = {
    clock,
    connectBroker,
    log: new MemoryEventLog({ now: () => clock.now(), createEpoch: () => `life${++epochs}` }),
    revocations: createMemoryRevocations(clock),
  };
  const connectStore = createMemoryPresence({ clock });
  const createWith = async (revocations: RevocationStore) => {
    const engine = createEngine({ ...shared, ...more, revocations, presence: connectStore() });
    await engine.manager.start();
    return engine;
  };
  const create = () => createWith(shared.revocations);
  const issued = () => ({ ...someone, issuedAt: clock.now() });
  const { revocations } = shared;
  return {
    clock,
    create,
    createWith,
    revocations,
    issued,
    engines: [await create(), await create()] as const,
  };
}

describe('a command of an administrator', () => {
  test('to disconnect ends the sessions of that user in all processes, and of nobody else', async () => {
    const { engines, issued } = await createProcesses();
    const [here, there] = engines;
    const mine = [await here.connect(issued()), await there.connect(issued())];
    const other = await there.connect({ ...issued(), userId: 'other' });
    const service = await here.connect({ ...someone, service: true });
    await here.manager.control.disconnect('someone');
    expect(mine.map(({ client }) => client.ended)).toEqual(['disconnected', 'disconnected']);
    expect([other, service].map(({ client }) => client.ended)).toEqual([undefined, undefined]);
    expect((await there.connect(issued())).client.ended).toBeUndefined();
  });

  test('to revoke ends them too, and admits no token issued before, in no process', async () => {
    const { engines, issued, clock, create } = await createProcesses();
    const [here, there] = engines;
    const before = issued();
    const mine = [await here.connect(before), await there.connect(before)];
    clock.advance(1);
    const at = await here.manager.control.revoke('someone');
    expect(at).toBe(clock.now());
    expect(mine.map(({ client }) => client.ended)).toEqual(['revoked', 'revoked']);
    expect(mine[0]?.client.frames.at(-1)).toMatchObject({ type: 'error', code: 'token_revoked' });
    for (const engine of [here, there, await create()]) {
      await expect(engine.connect(before)).rejects.toMatchObject({ code: 'token_revoked' });
    }
    clock.advance(1);
    expect((await there.connect(issued())).client.ended).toBeUndefined();
  });

  test('admits no token while a process cannot read which are withdrawn, and says that it is not ready', async () => {
    const { engines, issued, clock, createWith, revocations } = await createProcesses();
    const before = issued();
    clock.advance(1);
    await engines[0].manager.control.revoke('someone');
    let isAway = true;
    const away = () => Promise.reject(new AppError('database_unavailable', 'Gone.'));
    const late = await createWith({ ...revocations, read: () => (isAway ? away() : revocations.read()) });
    for (const principal of [before, { ...issued(), userId: 'other' }]) {
      await expect(late.connect(principal)).rejects.toMatchObject({ code: 'not_ready' });
    }
    await expect(late.manager.checkReady()).rejects.toMatchObject({ code: 'not_ready' });
    expect((await late.connect({ ...someone, service: true })).client.ended).toBeUndefined();
    isAway = false;
    await late.manager.checkReady();
    await expect(late.connect(before)).rejects.toMatchObject({ code: 'token_revoked' });
    clock.advance(1);
    expect((await late.connect(issued())).client.ended).toBeUndefined();
  });

  test('reaches a process whose broker is deaf by the next comparison of heads', async () => {
    const { engines, issued } = await createProcesses(deaf);
    const [here, there] = engines;
    const { client } = await there.connect(issued());
    await here.manager.control.revoke('someone');
    expect(client.ended).toBeUndefined();
    await there.manager.checkHeads();
    await until(() => client.ended === 'revoked');
  });

  test('is not counted as a channel somebody reads', async () => {
    const { engines } = await createProcesses();
    expect(engines[0].manager.channels.size).toBe(0);
  });
});

test('a right that a transaction takes from a user ends their subscriptions in all processes, and nobody else’s', async () => {
  const denied = new Set<string>();
  const namespaces: readonly Namespace[] = [
    { pattern: 'group:{id}', read: ({ userId }) => !denied.has(userId) },
    { pattern: 'open', read: () => true },
  ];
  const { engines } = await createProcesses(createMemoryBus(), { namespaces });
  const [here, there] = engines;
  const connected = async ({ manager, connect }: (typeof engines)[number], userId: string) => {
    const opened = await connect({ ...someone, userId });
    for (const channel of ['group:1', 'open']) {
      await manager.subscribe(opened.session, channel, undefined, () => undefined);
    }
    return opened;
  };
  const mine = [await connected(here, 'someone'), await connected(there, 'someone')];
  const other = await connected(there, 'other');
  denied.add('someone');
  await here.manager.publish(reviewCommand('someone'));
  for (const { client, session } of mine) {
    await until(() => !session.subscriptions.has('group:1'));
    expect(client.frames.at(-1)).toMatchObject({
      type: 'unsubscribed',
      channel: 'group:1',
      code: 'forbidden',
    });
    expect(session.subscriptions.has('open')).toBe(true);
    expect(client.ended).toBeUndefined();
  }
  expect(other.session.subscriptions.has('group:1')).toBe(true);
});
