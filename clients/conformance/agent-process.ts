import { type Json, Queue } from './scenario.ts';

/** The program that drives the client under test. */
export interface Agent extends AsyncDisposable {
  /** The lines that it told since the scenario began. */
  events: Queue<Json>;
  begin(): void;
  tell(command: Json): void;
}

export async function startAgent(command: readonly string[]): Promise<Agent> {
  const child = Bun.spawn([...command], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
  const agent: Agent = {
    events: new Queue(),
    begin() {
      agent.events = new Queue();
    },
    tell(line) {
      child.stdin.write(`${JSON.stringify(line)}\n`);
      void child.stdin.flush();
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.end();
      child.kill();
      await child.exited;
    },
  };
  void readLines(child.stdout, (line) => agent.events.push(JSON.parse(line)));
  await agent.events.take(({ event }) => event === 'ready', '"ready"', 60_000);
  return agent;
}

async function readLines(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') take(line);
  }
}
