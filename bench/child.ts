import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

/** A process of the bench's own: one question at a time, one answer each. */
export interface Child<Request> extends AsyncDisposable {
  readonly pid: number;
  /** The next message, for what a child says unasked. */
  next<Answer>(): Promise<Answer>;
  ask<Answer>(request: Request): Promise<Answer>;
}

const cores = availableParallelism();
const canPin = cores > 1 && Bun.which('taskset') !== null;
/**
 * A server that is compared with another has a core for itself, and its clients have the others: wherever the scheduler
 * puts them, a reader that wakes between two sends of the server's core is a part of what a delivery costs.
 */
export const onServerCore = canPin ? ['taskset', '-c', '0', 'bun'] : ['bun'];
export const onClientCores = canPin ? ['taskset', '-c', `1-${cores - 1}`, 'bun'] : ['bun'];

/** No request takes half as long on a machine that is not overloaded. */
const answerLimitMs = 60_000;

/** Runs a program of this folder, with its standard output thrown away. `runtime`: Bun, or Node with its flags. */
export function spawnChild<Request>(
  program: string,
  parameters: readonly string[] = [],
  runtime: readonly string[] = ['bun'],
): Child<Request> {
  const answers: unknown[] = [];
  let waiting: PromiseWithResolvers<unknown> | undefined;
  const child = Bun.spawn([...runtime, resolve(import.meta.dir, program), ...parameters], {
    stdio: ['ignore', 'ignore', 'inherit'],
    serialization: 'json',
    ipc(message) {
      if (waiting) waiting.resolve(message);
      else answers.push(message);
      waiting = undefined;
    },
    onExit(_child, code, signal) {
      waiting?.reject(new Error(`${program} ended with ${signal ?? code}.`));
    },
  });
  // Answers are cast here, at the border between the processes; `messages.ts` says what belongs to what.
  const next = <Answer>(): Promise<Answer> => {
    if (answers.length > 0) return Promise.resolve(answers.shift() as Answer);
    const answer = Promise.withResolvers<unknown>();
    waiting = answer;
    const late = () => answer.reject(new Error(`${program} did not answer within ${answerLimitMs} ms.`));
    const timer = setTimeout(late, answerLimitMs);
    return answer.promise.finally(() => clearTimeout(timer)) as Promise<Answer>;
  };
  return {
    pid: child.pid,
    next,
    ask(request) {
      const answer = next();
      child.send(request);
      return answer as Promise<never>;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}

/** The child's side: replies to each request in turn, and ends with its parent. */
export function answerParent<Request>(answer: (request: Request) => unknown): void {
  process.on('disconnect', () => process.exit());
  process.on('message', async (request: Request) => tellParent(await answer(request)));
}

export function tellParent(message: unknown): void {
  process.send?.(message);
}
