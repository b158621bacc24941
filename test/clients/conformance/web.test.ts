import { afterAll, beforeAll, describe, test } from 'bun:test';
import { type Agent, startAgent } from '../../../clients/conformance/agent-process.ts';
import { scenarios, webAgent } from '../../../clients/conformance/list.ts';
import { runScenario } from '../../../clients/conformance/run-scenario.ts';

let agent: Agent;
beforeAll(async () => {
  agent = await startAgent(webAgent);
});
afterAll(() => agent[Symbol.asyncDispose]());

describe('the client for browsers keeps the list:', async () => {
  for (const scenario of await scenarios()) test(scenario.name, () => runScenario(scenario, agent));
});
