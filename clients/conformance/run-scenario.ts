import type { Agent } from './agent-process.ts';
import { holds, type Json, type Scenario, type Step } from './scenario.ts';
import { ScriptedServer } from './scripted-server.ts';

/** Carries out one scenario; rejects with the step that failed and why. */
export async function runScenario(scenario: Scenario, agent: Agent): Promise<void> {
  await using server = new ScriptedServer();
  agent.begin();
  for (const [index, step] of scenario.steps.entries()) {
    try {
      await carryOut(step, server, agent);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`"${scenario.name}", step ${index + 1} ${JSON.stringify(step)}: ${why}`);
    }
  }
  server.idle();
  agent.tell({ do: 'close' });
  await agent.events.take((event) => event['event'] === 'closed', '"closed"');
}

async function carryOut(step: Step, server: ScriptedServer, agent: Agent): Promise<void> {
  if ('tell' in step) {
    const command = JSON.stringify(step.tell).replaceAll('$url', server.url);
    agent.tell(JSON.parse(command));
  } else if ('accept' in step) await server.accept(step.accept === true);
  else if ('receive' in step) await server.receive(step.receive);
  else if ('send' in step) server.send(step.send);
  else if ('close' in step) server.close(step.close);
  else if ('cut' in step) server.cut();
  else if ('stall' in step) server.stall();
  else if ('observe' in step) {
    server.idle();
    await agent.events.take((event) => holds(event, step.observe), JSON.stringify(step.observe));
  } else if ('delivered' in step) {
    server.idle();
    for (const [channel, offsets] of Object.entries(step.delivered)) await delivered(agent, channel, offsets);
  } else {
    const found = agent.events.all.find((event) => holds(event, step.never));
    if (found) throw new Error(`This came: ${JSON.stringify(found)}`);
  }
}

async function delivered(agent: Agent, channel: string, offsets: readonly number[]): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    const given = agent.events.all
      .filter((event) => isPublication(event, channel))
      .map(({ offset }) => offset);
    const isPrefix = given.every((offset, n) => offset === offsets[n]);
    if (!isPrefix) throw new Error(`These were handed over: ${given.join(', ')}`);
    if (given.length === offsets.length) return;
    await agent.events.wait(end, `${offsets.join(', ')} of ${channel}`);
  }
}

const isPublication = (event: Json, channel: string) =>
  event['event'] === 'publication' && event['channel'] === channel;
