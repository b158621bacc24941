import { expect, test } from 'bun:test';
import { describeAvalanche, runAvalanche } from '../../bench/chaos/avalanche.ts';
import { describeJitter, runJitter } from '../../bench/chaos/jitter.ts';
import { runSeed } from '../support/random.ts';

const limitMs = 180_000;
/** A coarse limit for any machine. `bun run chaos` holds the measured ones to those of docs/inside/faults.md. */
const soonMs = 15_000;
const nothingWrong = { lost: 0, disordered: 0, told: 0 };

test(
  'clients that are cut at random all the while receive everything, and catch up soon',
  async () => {
    const load = { clients: 300, channels: 10, perSecond: 60, seconds: 20 };
    const report = await runJitter({ ...load, seed: runSeed(), everyMs: 5_000, awayMs: 1_000 });
    process.stdout.write(`${describeJitter(report)}\n`);
    expect(report).toMatchObject(nothingWrong);
    expect(report.received).toBe(report.owed);
    expect(report.cuts).toBeGreaterThan(load.clients);
    expect(report.replay.p99).toBeLessThan(soonMs);
  },
  limitMs,
);

test.each(['deploy', 'kill'] as const)(
  'after a %s all sessions come back at once, and cost the database few reads',
  async (by) => {
    const load = { sessions: 1_000, channels: 10, perSecond: 20 };
    const report = await runAvalanche({ ...load, seed: runSeed(), by });
    process.stdout.write(`${describeAvalanche(report)}\n`);
    expect(report).toMatchObject(nothingWrong);
    expect(report.received).toBe(report.owed);
    expect(report.back.p95).toBeLessThan(soonMs);
    // Heads and history of as many channels as were asked for meanwhile. A machine with time to spare replies to each client before the next one asks: then it is one for each own channel, never the three that a new channel would cost alone.
    expect(report.statements.all).toBeLessThan(load.sessions * 1.5);
  },
  limitMs,
);
