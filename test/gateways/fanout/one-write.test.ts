import { expect, test } from 'bun:test';
import type { ServerWebSocket } from 'bun';
import { EngineWebSocket } from '../../../src/gateways/socket-io/engine/web-socket.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A socket of Bun that notes the packets of each write. */
function start() {
  const writes: string[][] = [];
  const events: string[] = [];
  let corked: string[] | undefined;
  const ws = {
    send(packet: string) {
      if (corked) corked.push(packet);
      else writes.push([packet]);
      return packet.length;
    },
    cork(send: () => void) {
      corked = [];
      send();
      writes.push(corked);
      corked = undefined;
    },
    getBufferedAmount: () => 0,
    close: () => void events.push('closed'),
    terminate: () => void events.push('terminated'),
  };
  const clock = new ManualClock();
  const socket = new EngineWebSocket(ws as unknown as ServerWebSocket<unknown>, clock);
  return { socket, writes, events };
}

const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));

test('what a Socket.IO client is sent in one turn is one write, in order, and waits until then', async () => {
  const { socket, writes } = start();
  for (const packet of ['one', 'two', 'three']) socket.send(packet);
  expect({ writes, waiting: socket.waitingBytes }).toEqual({ writes: [], waiting: 11 });
  await endOfTurn();
  socket.send('four');
  await endOfTurn();
  expect({ writes, waiting: socket.waitingBytes }).toEqual({
    writes: [['one', 'two', 'three'], ['four']],
    waiting: 0,
  });
});

test('a Socket.IO client is sent what it was to get before the end of its connection, and nothing when it is cut', async () => {
  const ending = start();
  ending.socket.send('last');
  ending.socket.end();
  expect({ writes: ending.writes, events: ending.events }).toEqual({
    writes: [['last']],
    events: ['closed'],
  });
  const cut = start();
  cut.socket.send('never');
  cut.socket.terminate();
  await endOfTurn();
  expect({ writes: cut.writes, events: cut.events }).toEqual({ writes: [], events: ['terminated'] });
});
