import { expect, test } from 'bun:test';
import { PollingGateway } from '../../../src/gateways/polling/gateway.ts';
import { parseTime } from '../../../src/gateways/polling/time.ts';
import { formatPosition } from '../../../src/protocol/wire/position.ts';
import { createMemoryBus } from '../../../src/realtime/memory/bus.ts';
import { MemoryEventLog } from '../../../src/realtime/memory/event-log.ts';
import type { ConnectBroker } from '../../../src/realtime/ports/broker.ts';
import type { Page } from '../../../src/realtime/ports/event-log.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createEngine, someone } from '../../support/services/engine.ts';
import { until } from '../../support/until.ts';

const poll = { principal: someone, channel: 'open', limit: 10, signal: new AbortController().signal };

/** A log whose pages are those of the time of the question, and come when they are let go. */
class LateLog extends MemoryEventLog {
  #held: (() => void)[] | undefined;

  hold(): void {
    this.#held = [];
  }

  /** Whether somebody has asked since. */
  get asked(): boolean {
    return this.#held?.length === 1;
  }

  letGo(): void {
    for (const go of this.#held ?? []) go();
    this.#held = undefined;
  }

  override async read(channel: string, after: number, limit: number): Promise<Page> {
    const page = await super.read(channel, after, limit);
    const held = this.#held;
    if (held) await new Promise<void>((go) => held.push(go));
    return page;
  }
}

test('what is published between the read of the log and the wait is not waited for', async () => {
  const clock = new ManualClock();
  const log = new LateLog({ now: () => clock.now(), createEpoch: () => 'epoch' });
  const bus = createMemoryBus();
  // The memory of the live channel is not vouched for then, so the log is read.
  const connectBroker: ConnectBroker = (listener) => ({ ...bus(listener), connected: false });
  const { manager } = createEngine({ log, clock, connectBroker });
  const gateway = new PollingGateway({ manager, clock });
  log.hold();
  const answer = gateway.answer({ ...poll, since: 'epoch:0', waitMs: 60_000 });
  await until(() => log.asked);
  await manager.publish({ channel: 'open', type: 'note', data: 1 });
  log.letGo();
  expect((await answer).position).toEqual({ epoch: 'epoch', offset: 1 });
  expect(manager.sessions.size).toBe(0);
});

test('a new life of the log between its read and the wait is not waited for (R1)', async () => {
  const clock = new ManualClock();
  let lives = 0;
  let now = 0;
  const log = new LateLog({ now: () => now, createEpoch: () => `epoch${++lives}` });
  const bus = createMemoryBus();
  const connectBroker: ConnectBroker = (listener) => ({ ...bus(listener), connected: false });
  const { manager } = createEngine({ log, clock, connectBroker });
  const gateway = new PollingGateway({ manager, clock });
  const since = formatPosition(await log.head('open'));
  log.hold();
  const answer = gateway.answer({ ...poll, since, waitMs: 60_000 });
  await until(() => log.asked);
  // A channel without a publication is forgotten, and its next life begins.
  await log.forgetUnused([], 10);
  now = 4 * 3_600_000;
  expect(await log.forgetUnused([], 10)).toBeGreaterThan(0);
  await manager.checkHeads();
  log.letGo();
  expect(await answer).toMatchObject({ recovered: false, position: { epoch: 'epoch2', offset: 0 } });
  expect(manager.sessions.size).toBe(0);
});

test('a wait from a position that its process has not heard of yet is answered by what comes after it alone (R2)', async () => {
  const clock = new ManualClock();
  const log = new MemoryEventLog({ now: () => clock.now(), createEpoch: () => 'epoch' });
  const engine = createEngine({ log, clock });
  const { manager } = engine;
  const gateway = new PollingGateway({ manager, clock });
  const note = { channel: 'open', type: 'note', data: null };
  const reader = await engine.connect({ ...someone, userId: 'other' });
  await engine.subscribe(reader.session, 'open');
  await log.append([1, 2, 3].map(() => manager.drafts.of(note)));
  const answer = gateway.answer({ ...poll, since: 'epoch:3', waitMs: 60_000 });
  await until(() => manager.sessions.size === 2);
  await manager.publish(note);
  const { publications, recovered } = await answer;
  expect(publications.map((text) => JSON.parse(text))).toMatchObject([{ offset: 4 }]);
  expect(recovered).toBe(true);
});

test('what is kept from the user stands in its place without content', async () => {
  const clock = new ManualClock();
  const { manager } = createEngine({ clock });
  const gateway = new PollingGateway({ manager, clock });
  const answer = gateway.answer({ ...poll, since: undefined, waitMs: 60_000 });
  await until(() => manager.channels.size > 0);
  await manager.publish({ channel: 'open', type: 'note', data: 'mine', exclude: `user:${someone.userId}` });
  const { publications } = await answer;
  expect(publications.map((text) => JSON.parse(text))).toMatchObject([
    { offset: 1, type: 'skipped', data: null },
  ]);
});

test('the position of a page backwards is the next `before`: one before it, nothing of an empty log is missed', async () => {
  const clock = new ManualClock();
  const log = new MemoryEventLog({ now: () => clock.now(), createEpoch: () => 'epoch' });
  const { manager } = createEngine({ log, clock });
  const gateway = new PollingGateway({ manager, clock });
  const backwards = { ...poll, limit: 1, since: undefined, waitMs: 0, before: 'latest' };
  expect(await gateway.answer(backwards)).toMatchObject({
    publications: [],
    position: { epoch: 'epoch', offset: 1 },
    more: false,
  });
  await manager.publish({ channel: 'open', type: 'note', data: 1 });
  const followed = await gateway.answer({ ...poll, since: 'epoch:0', waitMs: 0 });
  expect(followed).toMatchObject({ publications: [expect.any(String)], position: { offset: 1 } });
  await manager.publish({ channel: 'open', type: 'note', data: 2 });
  expect(await gateway.answer(backwards)).toMatchObject({ position: { offset: 2 }, more: true });
});

test('a wait whose token is withdrawn brings nothing that came afterwards', async () => {
  const clock = new ManualClock();
  const { manager } = createEngine({ clock });
  await manager.start();
  const gateway = new PollingGateway({ manager, clock });
  const principal = { ...someone, issuedAt: clock.now() };
  const answer = gateway.answer({ ...poll, principal, since: undefined, waitMs: 60_000 });
  await until(() => manager.channels.size > 0);
  await Promise.all([
    manager.control.revoke(someone.userId),
    manager.publish({ channel: 'open', type: 'note', data: 'too late' }),
    expect(answer).rejects.toMatchObject({ code: 'token_revoked' }),
  ]);
});

test('the wait ends by the clock, by a drain, and by its caller', async () => {
  const clock = new ManualClock();
  const { manager } = createEngine({ clock });
  const gateway = new PollingGateway({ manager, clock });
  const abort = new AbortController();
  const drain = () => {
    for (const session of manager.sessions) manager.disconnect(session, 'shutdown');
  };
  for (const end of [() => clock.advance(5_000), drain, () => abort.abort()]) {
    const answer = gateway.answer({ ...poll, signal: abort.signal, since: undefined, waitMs: 5_000 });
    await until(() => manager.channels.size > 0);
    end();
    expect(await answer).toMatchObject({ publications: [], more: false });
    expect([manager.sessions.size, manager.channels.size]).toEqual([0, 0]);
  }
});

test.each([
  ['2026-03-01T10:00Z', '2026-03-01T10:00:00.000Z'],
  ['2026-03-01T10:00:00,5Z', '2026-03-01T10:00:00.500Z'],
  ['2026-03-01T10:00:00.123999999Z', '2026-03-01T10:00:00.123Z'],
  ['2026-03-01T18:00:00+0800', '2026-03-01T10:00:00.000Z'],
  ['2026-03-01T18:00:00 08', '2026-03-01T10:00:00.000Z'],
  ['2026-03-01T06:30:00-03:30', '2026-03-01T10:00:00.000Z'],
])('%p is a time', (text, iso) => {
  expect(parseTime(text)).toBe(Date.parse(iso));
});

test.each(['', '2026', '2026-03-01', '2026-03-01T10:00:00', '2026-02-30T10:00:00', '1', 'now'])(
  '%p is none',
  (text) => expect(parseTime(text)).toBeUndefined(),
);
