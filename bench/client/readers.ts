import { answerParent } from '../child.ts';
import { channelName, type ReadersRequest } from '../publications/messages.ts';
import { entering } from './entering.ts';
import { ReaderSocket } from './reader-socket.ts';

/** Readers of one transport, which only count. */
const readers: ReaderSocket[] = [];
const enteringAtOnce = 64;
let received = 0;
let expected: { readonly items: number; readonly all: PromiseWithResolvers<object> } | undefined;

answerParent<ReadersRequest>(async (request) => {
  switch (request.ask) {
    case 'enter':
      await enter(request);
      return {};
    case 'expect':
      return arrival(request.items);
    case 'leave':
      for (const reader of readers.splice(0)) reader.close();
      return {};
  }
});

async function enter({ port, transport, count }: Extract<ReadersRequest, { ask: 'enter' }>): Promise<void> {
  const channel = channelName(0);
  let next = 0;
  const enterMore = async () => {
    while (next < count) {
      const userId = `user${next++}`;
      const socket = await ReaderSocket.connect(port, fail);
      const counter = await entering[transport]({ socket, port, userId, channel });
      socket.count(counter, arrived);
      readers.push(socket);
    }
  };
  await Promise.all(Array.from({ length: enteringAtOnce }, enterMore));
}

/** Resolves when so many items have come since the last time; they may be there before this is called. */
function arrival(items: number): Promise<object> {
  const all = Promise.withResolvers<object>();
  expected = { items, all };
  arrived(0);
  return all.promise;
}

function arrived(items: number): void {
  received += items;
  if (!expected || received < expected.items) return;
  received -= expected.items;
  expected.all.resolve({});
  expected = undefined;
}

function fail(error: Error): void {
  process.stderr.write(`bench readers: ${error.message}\n`);
  process.exit(1);
}
