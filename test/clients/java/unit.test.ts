import { expect, setDefaultTimeout } from 'bun:test';
import { join } from 'node:path';
import { buildJavaClient, runJUnit } from '../../support/java/java-client.ts';
import { needs } from '../../support/processes/components.ts';

setDefaultTimeout(180_000);
const testJava = needs('java');

testJava(
  "the client's own tests pass: JSON, the state machine, the stores, the clocks, the executors",
  async () => {
    const { passed, output } = await runJUnit(`--scan-classpath=${join(await buildJavaClient(), 'test')}`);
    // The test that failed, and the reason.
    const report = output.slice(output.indexOf('\nFailures'));
    expect({ passed, report: passed ? '' : report }).toEqual({ passed: true, report: '' });
  },
);
