import { describe, expect, test } from 'bun:test';
import { Inbox } from '../../../src/gateways/frames/inbox.ts';
import { settled } from '../../support/settled.ts';

function createOwner() {
  const started: number[] = [];
  const paused: boolean[] = [];
  const finish: (() => void)[] = [];
  const owner = {
    handle(item: number): void | Promise<void> {
      started.push(item);
      // Even items are done at once, odd ones when the test says so.
      if (item % 2 === 0) return;
      return new Promise<void>((resolve) => finish.push(resolve));
    },
    setPaused: (value: boolean) => paused.push(value),
  };
  return { started, paused, finishOne: () => finish.shift()?.(), inbox: new Inbox<number>(owner) };
}

describe('an inbox', () => {
  test('hands over the next item only when the one before is done', async () => {
    const { inbox, started, finishOne } = createOwner();
    for (const item of [1, 3, 4, 5]) inbox.push(item);
    expect(started).toEqual([1]);
    finishOne();
    await settled();
    expect(started).toEqual([1, 3]);
    finishOne();
    await settled();
    expect(started).toEqual([1, 3, 4, 5]);
  });

  test('handles at once what needs no waiting', () => {
    const { inbox, started } = createOwner();
    inbox.push(2);
    inbox.push(4);
    expect(started).toEqual([2, 4]);
  });

  test('asks its source to pause when much waits, and to go on when nothing does', async () => {
    const { inbox, paused, finishOne } = createOwner();
    inbox.push(1);
    for (let n = 0; n < 40; n++) inbox.push(2);
    expect(paused).toEqual([true]);
    finishOne();
    await settled();
    expect(paused).toEqual([true, false]);
    inbox.push(1);
    for (let n = 0; n < 40; n++) inbox.push(2);
    expect(paused).toEqual([true, false, true]);
  });

  test('that is cleared forgets what waited', async () => {
    const { inbox, started, finishOne } = createOwner();
    inbox.push(1);
    inbox.push(2);
    inbox.clear();
    finishOne();
    await settled();
    expect(started).toEqual([1]);
  });
});
