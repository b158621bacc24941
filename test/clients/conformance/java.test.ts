import { afterAll, beforeAll, describe } from 'bun:test';
import { type Agent, startAgent } from '../../../clients/conformance/agent-process.ts';
import { scenarios } from '../../../clients/conformance/list.ts';
import { runScenario } from '../../../clients/conformance/run-scenario.ts';
import { javaProgram } from '../../support/java/java-client.ts';
import { component, needs } from '../../support/processes/components.ts';

const testJava = needs('java');

let agent: Agent | undefined;
beforeAll(async () => {
  if (component('java').installed)
    agent = await startAgent(await javaProgram('ph.tambuli.programs.ConformanceAgent'));
}, 180_000);
afterAll(() => agent?.[Symbol.asyncDispose]());

describe('the client for Java keeps the list:', async () => {
  for (const scenario of await scenarios()) {
    testJava(scenario.name, async () => {
      if (agent) await runScenario(scenario, agent);
    });
  }
});
