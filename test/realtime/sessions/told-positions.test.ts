import { expect, test } from 'bun:test';
import { keepTold, noteTold, positionOfLive } from '../../../src/realtime/sessions/told-positions.ts';
import { createEngine, limits, someone } from '../../support/services/engine.ts';

const { heartbeatMs } = limits;

/** A reader of `open` that was sent two publications and says that it has one. */
async function behind() {
  const engine = createEngine();
  const { clock, manager } = engine;
  const { session } = await engine.connect(someone);
  await engine.subscribe(session, 'open');
  for (const data of [1, 2]) await manager.publish({ channel: 'open', type: 'note', data });
  const live = session.subscriptions.get('open');
  if (!live) throw new Error('The session reads nothing.');
  const { epoch } = live.position;
  noteTold(session, new Map([['open', { epoch, offset: 1 }]]), clock.now(), heartbeatMs);
  return {
    ...{ clock, session },
    where: () => positionOfLive(session, live, { now: clock.now(), monotonic: clock.monotonic() }),
  };
}

test('the word of a client that is behind holds as long as it pings', async () => {
  const { clock, session, where } = await behind();
  for (let n = 0; n < 5; n += 1) {
    expect(where()).toMatchObject({ offset: 1, by: 'told' });
    clock.advance(heartbeatMs);
    keepTold(session, clock.now(), heartbeatMs);
  }
});

test('a client that hears so much that it pings no more is not held at its last word', async () => {
  const { clock, where } = await behind();
  clock.advance(3 * heartbeatMs - 1);
  expect(where()).toMatchObject({ offset: 1, by: 'told' });
  clock.advance(1);
  expect(where()).toMatchObject({ offset: 2, by: 'sent' });
});
