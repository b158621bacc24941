import { expect, test } from 'bun:test';
import { drainSessions } from '../../src/realtime/drain.ts';
import { createEngine } from '../support/services/engine.ts';
import { settled } from '../support/settled.ts';

test('a draining process closes its sessions in waves and waits until they are gone', async () => {
  const { manager, clock, gateway, connect } = createEngine();
  for (let n = 0; n < 450; n++) await connect();
  let done = false;
  const draining = drainSessions(manager, clock, 10_000).then(() => {
    done = true;
  });
  const ended = () => [...gateway.clients].filter((client) => client.ended === 'shutdown').length;
  const waves: number[] = [];
  for (let n = 0; n < 3; n++) {
    waves.push(ended());
    clock.advance(50);
    await settled();
  }
  expect(waves).toEqual([200, 400, 450]);
  expect(done).toBe(false);
  for (const session of [...manager.sessions]) manager.close(session);
  clock.advance(50);
  await draining;
});

test('a peer that does not go is not waited for beyond the limit', async () => {
  const { manager, clock, connect } = createEngine();
  await connect();
  const draining = drainSessions(manager, clock, 1_000);
  for (let n = 0; n < 30; n++) {
    clock.advance(50);
    await settled();
  }
  await draining;
  expect(manager.sessions.size).toBe(1);
});
