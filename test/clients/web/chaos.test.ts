import { expect, test } from 'bun:test';
import { runSeed } from '../../support/random.ts';
import { describeClientChaos, runClientChaos } from './support/chaos.ts';

/** Their number comes from the environment: `CLIENT_CHAOS=1000 bun test test/clients/web/chaos.test.ts`. */
const faults = Number(process.env['CLIENT_CHAOS'] ?? 100);

test('cuts, changes of transport and takeovers between tabs lose, double and disorder nothing', async () => {
  const report = await runClientChaos({ faults, seed: runSeed() });
  process.stdout.write(`${describeClientChaos(report)}\n`);
  expect(report).toMatchObject({ lost: 0, doubled: 0, disordered: 0, unsent: 0 });
  expect(report.cuts + report.switches + report.takeovers).toBe(faults);
  expect(report.transports.size).toBeGreaterThan(2);
  expect(report.received).toBeGreaterThan(report.published);
}, 600_000);
