import { startAgent } from './agent-process.ts';
import { scenarios, webAgent } from './list.ts';
import { runScenario } from './run-scenario.ts';

/** `bun clients/conformance/run.ts [command…]`: the list, for the client that the command drives. */

const given = process.argv.slice(2);
await using agent = await startAgent(given.length > 0 ? given : webAgent);
let failures = 0;
for (const scenario of await scenarios()) {
  try {
    await runScenario(scenario, agent);
    process.stdout.write(`passed: ${scenario.name}\n`);
  } catch (error) {
    failures += 1;
    process.stdout.write(`FAILED: ${error instanceof Error ? error.message : error}\n`);
    agent.tell({ do: 'close' });
    await agent.events.take(({ event }) => event === 'closed', '"closed"');
  }
}
process.exitCode = failures > 0 ? 1 : 0;
