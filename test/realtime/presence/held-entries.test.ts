import { expect, test } from 'bun:test';
import { HeldEntries } from '../../../src/realtime/presence/held-entries.ts';

test('entries that were held and have no lease any more are lost, once', () => {
  const entries = new HeldEntries();
  entries.move('renewed');
  expect([entries.beaten(true), entries.beaten(false), entries.beaten(false)]).toEqual([false, true, false]);
});

test.each(['created', 'interrupted'] as const)(
  'entries of which one statement was %s are lost at the next beat, whatever is entered until then',
  (event) => {
    const entries = new HeldEntries();
    entries.move('renewed');
    entries.move(event);
    entries.move('renewed');
    expect([entries.state, entries.beaten(true), entries.state]).toEqual(['lost', true, 'none']);
  },
);

test('a process that entered nothing has lost nothing, and its first lease is no loss', () => {
  const entries = new HeldEntries();
  expect(entries.beaten(false)).toBe(false);
  entries.move('created');
  expect([entries.state, entries.beaten(true)]).toEqual(['held', false]);
});
