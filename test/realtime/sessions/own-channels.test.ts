import { expect, test } from 'bun:test';
import type { LiveChannel } from '../../../src/realtime/channels/live-channel.ts';
import { OwnChannels } from '../../../src/realtime/sessions/own-channels.ts';

const channel = (wireName: string) => ({ wireName }) as LiveChannel;

test.each([0, 1, 8, 9, 100])('%i channels of a session are found, and left, as in a map', (count) => {
  const own = new OwnChannels();
  const map = new Map<string, LiveChannel>();
  for (let number = 0; number < count; number++) {
    const live = channel(`channel:${number}`);
    own.add(live);
    map.set(live.wireName, live);
  }
  const agree = () => {
    expect(own.size).toBe(map.size);
    expect([...own]).toEqual([...map]);
    expect([...own.keys()]).toEqual([...map.keys()]);
    for (const [name, live] of map) expect(own.get(name)).toBe(live);
    expect(own.has('channel:none')).toBe(false);
  };
  agree();
  for (const name of [...map.keys()].filter((_, index) => index % 2 === 0)) {
    own.delete(name);
    map.delete(name);
    agree();
  }
});

test('channels that end while they are gone through do not disturb the others', () => {
  const own = new OwnChannels();
  for (const name of ['a', 'b', 'c']) own.add(channel(name));
  const seen: string[] = [];
  for (const [name] of own) {
    seen.push(name);
    own.delete(name);
  }
  expect([seen, own.size]).toEqual([['a', 'b', 'c'], 0]);
});
