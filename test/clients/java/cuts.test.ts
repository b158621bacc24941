import { expect, setDefaultTimeout } from 'bun:test';
import { runCuts } from '../../../bench/java/cuts.ts';
import { needs } from '../../support/processes/components.ts';
import { runSeed, seededRandom } from '../../support/random.ts';

setDefaultTimeout(300_000);
const testJava = needs('java');

testJava(
  'phones whose connections are cut and whose JVM is killed have the log in their SQLite, once and in order',
  async () => {
    const { published, devices, keysAmiss } = await runCuts({
      cuts: 24,
      kills: 2,
      random: seededRandom(runSeed()),
    });
    expect(published).toBeGreaterThan(0);
    expect(keysAmiss).toBe(0);
    for (const name of ['socket', 'poll']) {
      expect(devices[name]).toEqual({
        applied: expect.any(Number),
        lost: 0,
        doubled: 0,
        disordered: 0,
        positionsFit: true,
      });
    }
  },
);
