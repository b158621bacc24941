import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Agent, startAgent } from '../../../clients/conformance/agent-process.ts';
import { isOfTheCore, scenarios, webAgent, webSocketAgent } from '../../../clients/conformance/list.ts';
import { runScenario } from '../../../clients/conformance/run-scenario.ts';

const list = await scenarios();
const clients = [
  { name: 'the client for browsers keeps the list:', command: webAgent, promised: list },
  {
    name: 'the client over WebSocket alone keeps its part of the list:',
    command: webSocketAgent,
    promised: list.filter(isOfTheCore),
  },
];

for (const { name, command, promised } of clients) {
  describe(name, () => {
    let agent: Agent;
    beforeAll(async () => {
      agent = await startAgent(command);
    });
    afterAll(() => agent[Symbol.asyncDispose]());

    for (const scenario of promised) test(scenario.name, () => runScenario(scenario, agent));
  });
}

test('the part of the client over WebSocket alone is everything but publishing, states and reached positions', () => {
  expect(list.filter((scenario) => !isOfTheCore(scenario)).map(({ rule }) => rule)).toHaveLength(6);
});
