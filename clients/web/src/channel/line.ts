/** Tasks one after another. One that returns no promise is over at once, in the turn of the frame that brought it. */
export interface Line {
  length(): number;
  push(task: () => unknown): void;
  clear(): void;
}

export function createLine(onEmpty: () => void): Line {
  let tasks: (() => unknown)[] = [];
  let isBusy = false;

  async function drain(): Promise<void> {
    isBusy = true;
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      const pending = task();
      if ((pending as Partial<PromiseLike<unknown>> | undefined)?.then) await pending;
    }
    isBusy = false;
    onEmpty();
  }

  return {
    length: () => tasks.length,
    push(task) {
      tasks.push(task);
      if (!isBusy) void drain();
    },
    clear() {
      tasks = [];
    },
  };
}
