import { expect, test } from 'bun:test';
import { startSweep } from '../../../src/realtime/sessions/sweep.ts';
import { createEngine, limits, someone } from '../../support/services/engine.ts';

async function createSwept() {
  const engine = createEngine();
  const { clock, manager } = engine;
  startSweep(clock, limits.heartbeatMs, (lateMs) => manager.sweep(lateMs));
  return { ...engine, known: await engine.connect(someone), unknown: await engine.connect() };
}

test('a process that was stopped ends nobody for what it could not hear, and asks again', async () => {
  const { clock, known } = await createSwept();
  clock.advance(24_000);
  for (let n = 0; n < 3; n++) clock.stall(56_000);
  expect(known.client.ended).toBeUndefined();
  clock.advance(2_000);
  expect(known.client.probes).toBeGreaterThan(0);
  clock.stall(120_000);
  expect(known.client.ended).toBeUndefined();
});

test('whoever stays silent while the process runs is ended at the same time as without the pause', async () => {
  const { clock, known } = await createSwept();
  clock.advance(10_000);
  clock.stall(56_000);
  clock.advance(38_000);
  expect(known.client.ended).toBeUndefined();
  clock.advance(3_000);
  expect(known.client.ended).toBe('no_pong');
});

test('a pause does not count as time to identify somebody', async () => {
  const { clock, unknown } = await createSwept();
  clock.stall(56_000);
  expect(unknown.client.ended).toBeUndefined();
  clock.advance(limits.authTimeoutMs + 1_000);
  expect(unknown.client.ended).toBe('auth_timeout');
});

test('setting the clock, forward or back, ends nobody and keeps nobody', async () => {
  const { clock, known, unknown } = await createSwept();
  for (const ms of [120_000, -86_400_000]) {
    clock.step(ms);
    clock.advance(2_000);
    expect([known.client.ended, unknown.client.ended]).toEqual([undefined, undefined]);
  }
  clock.advance(limits.authTimeoutMs);
  expect(unknown.client.ended).toBe('auth_timeout');
  clock.advance(2 * limits.heartbeatMs);
  expect(known.client.ended).toBe('no_pong');
});

test('a clock that is set back keeps no old answer of the canary', async () => {
  const { clock, log, manager } = createEngine();
  await manager.checkReady();
  clock.step(-3_600_000);
  clock.advance(1_000);
  await manager.checkReady();
  expect((await log.head('_canary')).offset).toBe(2);
});
