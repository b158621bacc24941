import { describe, expect, test } from 'bun:test';
import { FrameThrottle } from '../../../src/gateways/frames/frame-throttle.ts';
import type { Host } from '../../../src/gateways/frames/peer.ts';
import { Rates } from '../../../src/gateways/frames/rates.ts';
import { checkClientFrame } from '../../../src/protocol/frames/codec.ts';
import type { LiveChannel } from '../../../src/realtime/channels/live-channel.ts';
import type { Session } from '../../../src/realtime/sessions/session.ts';
import { createEngine, limits, someone } from '../../support/services/engine.ts';
import { settled } from '../../support/settled.ts';

const ping = checkClientFrame({ type: 'ping' });
const subscribe = (channel: string) => checkClientFrame({ type: 'subscribe', channel });
const unsubscribe = (channel: string) => checkClientFrame({ type: 'unsubscribe', channel });

function createRates(given: Partial<typeof limits> = {}) {
  const rates = new Rates({ ...limits, framesPerMinute: 2, channelsPerSession: 2, ...given });
  const subscriptions = new Map<string, LiveChannel>();
  const session = { subscriptions } as unknown as Session;
  return {
    subscriptions,
    take: (frame: typeof ping, now = 0) => rates.take(frame, session, now),
    has: (channel: string) => subscriptions.set(channel, {} as LiveChannel),
  };
}

describe('the rates of a session', () => {
  test('are apart for channels that are new to it and for all else', () => {
    const { take } = createRates();
    expect([take(ping), take(ping), take(ping)]).toEqual([0, 0, 30_000]);
    expect([take(subscribe('a')), take(subscribe('b'))]).toEqual([0, 0]);
    expect(take(subscribe('c'))).toBeGreaterThan(0);
  });

  test('take nothing for a channel that is left and taken up again, ten times the rate of frames', () => {
    const { take, has, subscriptions } = createRates();
    for (let n = 0; n < 10; n++) {
      has('a');
      expect(take(unsubscribe('a'))).toBe(0);
      subscriptions.delete('a');
      expect(take(subscribe('a'))).toBe(0);
    }
    expect([take(ping), take(ping), take(ping)]).toEqual([0, 0, 30_000]);
    has('a');
    expect(take(unsubscribe('a'))).toBeGreaterThan(0);
  });

  test('remember no more channels that were left than a session may have', () => {
    const { take, has, subscriptions } = createRates({ framesPerMinute: 1 });
    for (const channel of ['a', 'b', 'c']) {
      has(channel);
      take(unsubscribe(channel));
      subscriptions.delete(channel);
    }
    expect([take(ping), take(ping)]).toEqual([0, 60_000]);
    expect([take(subscribe('b')), take(subscribe('c'))]).toEqual([0, 0]);
    // A new one again: the two that it may join, and no more.
    expect([take(subscribe('a')), take(subscribe('d'))]).toEqual([0, 0]);
    expect(take(subscribe('e'))).toBeGreaterThan(0);
  });

  test('count every channel of one subscribe', () => {
    const { take } = createRates();
    const channels = ['a', 'b', 'c', 'd'].map((channel) => ({ channel }));
    expect(take(checkClientFrame({ type: 'subscribe', channels }))).toBe(0);
    // Two more than it may join a minute are owed.
    expect(take(subscribe('e'), 60_000)).toBe(0);
    expect([take(ping, 60_000), take(ping, 60_000)]).toEqual([0, 30_000]);
  });
});

async function createThrottle(given: Partial<typeof limits> = {}) {
  const { manager, clock, connect } = createEngine();
  const { session, client } = await connect(someone);
  const said: string[] = [];
  const host = { manager, clock, limits: { ...limits, framesPerMinute: 1, ...given } } as unknown as Host;
  const owner = { host, session, send: ({ type }: { type: string }) => said.push(type) };
  client.disconnect = (reason) => {
    said.push(reason);
    throttle.stop();
  };
  Object.assign(host, { logger: { debug: () => undefined, error: () => undefined } });
  const inbox = { length: 0, size: 0 };
  const throttle = new FrameThrottle(owner, inbox);
  return { throttle, inbox, clock, said };
}

describe('a frame throttle', () => {
  test('handles what is too fast when its time has come', async () => {
    const { throttle, clock, said } = await createThrottle();
    await throttle.pace(ping, () => void said.push('first'));
    const held = throttle.pace(ping, () => void said.push('second'));
    clock.advance(59_999);
    await settled();
    expect(said).toEqual(['first']);
    clock.advance(1);
    await held;
    expect(said).toEqual(['first', 'second']);
  });

  test('handles nothing after its end', async () => {
    const { throttle, said } = await createThrottle();
    await throttle.pace(ping, () => undefined);
    const held = throttle.pace(ping, () => void said.push('second'));
    throttle.stop();
    await held;
    expect(said).toEqual([]);
  });

  test('is flooded by one frame more than are legal in a burst, and says so once', async () => {
    const { throttle, inbox, said } = await createThrottle({ channelsPerSession: 4 });
    inbox.length = 6;
    throttle.arrived();
    await throttle.pace(ping, () => undefined);
    inbox.length = 5;
    const held = throttle.pace(ping, () => undefined);
    throttle.arrived();
    expect(said).toEqual([]);
    inbox.length = 6;
    for (let n = 0; n < 2; n++) throttle.arrived();
    await held;
    expect(said).toEqual(['error', 'too_many_requests']);
  });

  test('is flooded when a legal burst is over and the flood waits already', async () => {
    const { throttle, inbox, said } = await createThrottle({ channelsPerSession: 4 });
    inbox.length = 6;
    await throttle.pace(ping, () => void said.push('handled'));
    await throttle.pace(ping, () => void said.push('never'));
    expect(said).toEqual(['handled', 'error', 'too_many_requests']);
  });

  test('is flooded by more than sixteen of the largest frames, though none is held back', async () => {
    const { throttle, inbox, said } = await createThrottle();
    inbox.size = 16 * limits.frameBytes;
    throttle.arrived();
    expect(said).toEqual([]);
    inbox.size += 1;
    throttle.arrived();
    expect(said).toEqual(['error', 'too_many_requests']);
  });

  test('is flooded by large frames that keep the reading paused for more than a minute', async () => {
    const { throttle, clock, said } = await createThrottle();
    await throttle.pace(ping, () => undefined);
    throttle.paused(true);
    const held = [1, 2].map(() => throttle.pace(ping, () => undefined));
    clock.advance(60_000);
    await settled();
    expect(said).toEqual([]);
    clock.advance(60_000);
    await Promise.all(held);
    expect(said).toEqual(['error', 'too_many_requests']);
  });
});
