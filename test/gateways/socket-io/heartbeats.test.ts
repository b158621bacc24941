import { expect, test } from 'bun:test';
import { Heartbeats, type Pinged } from '../../../src/gateways/socket-io/engine/heartbeats.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const intervalMs = 1_000;

function start() {
  const clock = new ManualClock();
  const heartbeats = new Heartbeats(intervalMs, clock);
  const pinged: string[] = [];
  const connection = (name: string): Pinged => ({ ping: () => void pinged.push(name) });
  return { clock, heartbeats, pinged, connection };
}

test('each connection is pinged once, an interval after it was scheduled', () => {
  const { clock, heartbeats, pinged, connection } = start();
  const [first, second] = [connection('first'), connection('second')];
  heartbeats.schedule(first);
  clock.advance(400);
  heartbeats.schedule(second);
  clock.advance(599);
  expect(pinged).toEqual([]);
  clock.advance(1);
  expect(pinged).toEqual(['first']);
  expect([heartbeats.has(first), heartbeats.has(second)]).toEqual([false, true]);
  heartbeats.schedule(first);
  clock.advance(400);
  expect(pinged).toEqual(['first', 'second']);
  clock.advance(600);
  expect(pinged).toEqual(['first', 'second', 'first']);
  clock.advance(10 * intervalMs);
  expect(pinged).toHaveLength(3);
});

test('a connection that has ended is not pinged, and the others are', () => {
  const { clock, heartbeats, pinged, connection } = start();
  const [first, second] = [connection('first'), connection('second')];
  heartbeats.schedule(first);
  heartbeats.schedule(second);
  heartbeats.delete(first);
  clock.advance(intervalMs);
  expect(pinged).toEqual(['second']);
  heartbeats.schedule(first);
  heartbeats.delete(first);
  heartbeats.schedule(second);
  clock.advance(intervalMs);
  expect(pinged).toEqual(['second', 'second']);
});
