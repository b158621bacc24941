import { expect, test } from 'bun:test';
import { SharedDelivery } from '../../../src/gateways/fanout/shared-delivery.ts';
import { ReaderVector } from '../../../src/gateways/fanout/vector.ts';
import type { Delivery } from '../../../src/realtime/ports/transport.ts';

function reader(...names: string[]): ReaderVector {
  const vector = new ReaderVector();
  for (const name of names) {
    vector.add({ name, wireName: name });
    vector.move(name, { epoch: 'e', offset: 1 });
    vector.join();
  }
  return vector;
}

function delivery(channel: string, offset: number): Delivery {
  const publication = { id: 'p', channel, epoch: 'e', offset, type: 't', data: '1', timestamp: '' };
  return { publication, text: `${channel}/${offset}` };
}

function share(channel: string, offset: number) {
  const encoded: string[] = [];
  const shared = new SharedDelivery(delivery(channel, offset), ({ text }) => (vector) => {
    encoded.push(vector);
    return `${text} ${vector}`;
  });
  return { encoded, take: (vector: ReaderVector, isLive = vector.isLive) => shared.take(vector, isLive) };
}

test('a publication is encoded once for all who are live on the same channels, in whatever order they came to them', () => {
  const { encoded, take } = share('b', 2);
  expect(take(reader('a', 'b'))).toBe('b/2 a@e:1,b@e:2');
  expect(take(reader('b', 'a'))).toBe('b/2 a@e:1,b@e:2');
  expect(take(reader('b'))).toBe('b/2 b@e:2');
  expect(encoded).toEqual(['a@e:1,b@e:2', 'b@e:2']);
});

test('who is still behind in another channel is told its own position (R1)', () => {
  const live = reader('a', 'b');
  live.move('a', { epoch: 'e', offset: 9 });
  const behind = reader('a', 'b');
  behind.leave();
  const { take } = share('b', 2);
  expect(take(live)).toBe('b/2 a@e:9,b@e:2');
  expect(take(behind)).toBe('b/2 a@e:1,b@e:2');
  // Also when it has caught up before it lets go of what it held back.
  const heldBack = reader('a', 'b');
  expect(take(heldBack, false)).toBe('b/2 a@e:1,b@e:2');
});

test('a vector goes by the name in the log and shows the name on the wire', () => {
  const vector = reader('z');
  vector.add({ name: 'notifications:u', wireName: 'notifications' });
  expect(vector.knows('notifications')).toBe(false);
  vector.move('notifications', { epoch: 'f', offset: 0 });
  vector.move('notifications:u', { epoch: 'f', offset: 3 });
  expect(String(vector)).toBe('notifications@f:3,z@e:1');
  expect(vector.channels).toBe('notifications:u,z');
  vector.delete('notifications');
  vector.delete('elsewhere');
  expect(String(vector)).toBe('z@e:1');
  expect(vector.isLive).toBe(true);
});
