import { expect, test } from 'bun:test';
import { RoundTrips } from '../../../src/realtime/ports/round-trips.ts';
import { qualityOf } from '../../../src/tracking/connections/connection-quality.ts';

test('a connection is as good as the worse of its latency and its loss', () => {
  expect(qualityOf(undefined, 0)).toBeNull();
  expect(qualityOf(100, 0.01)).toBe('excellent');
  expect(qualityOf(101, 0)).toBe('good');
  expect(qualityOf(20, 0.03)).toBe('good');
  expect(qualityOf(600, 0)).toBe('fair');
  expect(qualityOf(601, 0)).toBe('poor');
  expect(qualityOf(20, 0.11)).toBe('poor');
  expect(qualityOf(undefined, 1)).toBe('poor');
});

test('round trips are averaged, and a question that is not answered in time is lost', () => {
  const trips = new RoundTrips();
  trips.asked(0);
  trips.answered(100);
  expect(trips.latencyMs).toBe(100);
  trips.answered(900);
  expect(trips.latencyMs).toBe(100);
  trips.asked(1_000);
  trips.asked(1_100);
  trips.answered(1_500);
  expect(trips.latencyMs).toBe(200);
  trips.asked(2_000);
  trips.asked(12_000);
  expect(trips.loss).toBe(0.25);
});
