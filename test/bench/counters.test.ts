import { expect, test } from 'bun:test';
import { EventCounter } from '../../bench/client/event-counter.ts';
import { encodeText, FrameCounter } from '../../bench/client/frame-counter.ts';
import type { Counter } from '../../bench/client/reader-socket.ts';

/** The sum over the pieces, for every place where the bytes can be cut in two. */
function countsOf(createCounter: () => Counter, bytes: Uint8Array): Set<number> {
  const counts = new Set<number>();
  for (let cut = 0; cut <= bytes.length; cut++) {
    const counter = createCounter();
    counts.add(counter.count(bytes.slice(0, cut)) + counter.count(bytes.slice(cut)));
  }
  return counts;
}

test('events are counted wherever the network cuts them, and heartbeats are none', () => {
  const text = 'data: {"a":1}\nid: x@y:1\n\n:\n\n3a\r\ndata: {"a":2}\nid: x@y:2\n\n\r\n:\n\n';
  expect(countsOf(() => new EventCounter(), new TextEncoder().encode(text))).toEqual(new Set([2]));
});

test('frames are counted wherever the network cuts them', () => {
  const unmasked = (text: string) => {
    const [first = 0, second = 0, ...rest] = encodeText(text);
    const size = (second & 127) < 126 ? 0 : 2;
    return [first, second & 127, ...rest.slice(0, size), ...rest.slice(size + 4)];
  };
  const bytes = new Uint8Array([...unmasked('short'), ...unmasked('x'.repeat(300)), ...unmasked('')]);
  expect(countsOf(() => new FrameCounter(), bytes)).toEqual(new Set([3]));
});
