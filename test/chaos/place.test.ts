import { expect, test } from 'bun:test';
import { Place } from '../../bench/chaos/clients/place.ts';

function placeAt(position: string): Place {
  const place = new Place();
  place.subscribed(position, undefined);
  return place;
}

const of = (offset: number, epoch = 'a') => ({ epoch, offset });

test('what was there before a reader first came is not owed to it, what comes after is', () => {
  const place = placeAt('a:5');
  expect(place.accounts(of(5))).toBe(true);
  expect(place.accounts(of(6))).toBe(false);
  expect(place.take(6)).toEqual({ isNew: true, inOrder: true });
  expect(place.accounts(of(6))).toBe(true);
});

test('a hole is out of order, and stays lost', () => {
  const place = placeAt('a:0');
  place.take(1);
  expect(place.take(3)).toEqual({ isNew: true, inOrder: false });
  expect(place.take(2)).toEqual({ isNew: false, inOrder: false });
  expect([1, 2, 3].map((offset) => place.accounts(of(offset)))).toEqual([true, false, true]);
});

test('a recovery that repeats what is known gives it to the client once', () => {
  const place = placeAt('a:0');
  place.take(1);
  place.subscribed('a:0', true);
  expect(place.take(1)).toEqual({ isNew: false, inOrder: true });
  expect(place.take(2)).toEqual({ isNew: true, inOrder: true });
});

test('a process that has heard less than the reader may repeat, but not leave out', () => {
  const place = placeAt('a:0');
  for (const offset of [1, 2, 3]) place.take(offset);
  place.subscribed('a:3', true);
  expect(place.take(2)).toEqual({ isNew: false, inOrder: true });
  expect(place.take(3)).toEqual({ isNew: false, inOrder: true });
  expect(place.take(4)).toEqual({ isNew: true, inOrder: true });
  place.subscribed('a:4', true);
  expect(place.take(6).inOrder).toBe(false);
});

test('a range the reader was told of is accounted for, in both lives of a channel', () => {
  const place = placeAt('a:0');
  place.take(1);
  place.subscribed('b:3', false);
  place.take(4);
  expect([of(1), of(2), of(3, 'b'), of(4, 'b')].map((each) => place.accounts(each))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(place.accounts(of(5, 'b'))).toBe(false);
  expect(place.since).toBe('b:4');
});
