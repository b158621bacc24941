import { expect, test } from 'bun:test';
import { fitSegments, segmentsOf } from '../../../../src/tracking/methods/sms/segments.ts';
import { wishOf } from '../../../../src/tracking/methods/sms/stop-words.ts';

const cases: readonly (readonly [text: string, encoding: string, segments: number])[] = [
  ['', 'GSM-7', 1],
  ['a'.repeat(160), 'GSM-7', 1],
  ['a'.repeat(161), 'GSM-7', 2],
  ['a'.repeat(306), 'GSM-7', 2],
  ['a'.repeat(307), 'GSM-7', 3],
  ['€'.repeat(80), 'GSM-7', 1],
  ['€'.repeat(81), 'GSM-7', 2],
  // The escape and its character stay together, so that 152 of 153 units are used.
  [`${'€'.repeat(152)}`, 'GSM-7', 2],
  [`${'€'.repeat(153)}`, 'GSM-7', 3],
  ['Ñandú ÀÉ'.replace('À', 'Ä').replace('ú', 'ù'), 'GSM-7', 1],
  ['`', 'UCS-2', 1],
  ['ú'.repeat(70), 'UCS-2', 1],
  ['ú'.repeat(71), 'UCS-2', 2],
  ['ú'.repeat(134), 'UCS-2', 2],
  ['ú'.repeat(135), 'UCS-2', 3],
  ['🎉'.repeat(35), 'UCS-2', 1],
  ['🎉'.repeat(36), 'UCS-2', 2],
  // 33 of them are 66 units: the halves of a pair stay together.
  ['🎉'.repeat(66), 'UCS-2', 2],
  ['🎉'.repeat(67), 'UCS-2', 3],
];

for (const [text, encoding, segments] of cases) {
  test(`${[...text].length} characters like ${text.slice(0, 2) || 'none'} take ${segments} of ${encoding}`, () => {
    expect(segmentsOf(text)).toEqual({ encoding, segments } as ReturnType<typeof segmentsOf>);
  });
}

test('a text is cut to the segments it may take, before its end and never inside a character', () => {
  expect(fitSegments('a'.repeat(160), '', 1)).toHaveLength(160);
  const cut = fitSegments('a'.repeat(161), '\nhttps://a.example', 1);
  expect([cut.length, cut.endsWith('...\nhttps://a.example')]).toEqual([160, true]);
  const family = fitSegments('👨‍👩‍👧'.repeat(30), '', 1);
  expect(family).toBe(`${'👨‍👩‍👧'.repeat(8)}...`);
  expect(segmentsOf(family).segments).toBe(1);
});

test('one word opts out or in, whatever its case and signs, and a sentence does neither', () => {
  for (const word of ['STOP', ' stop. ', 'Unsubscribe', '"Quit"', 'acha', 'STOP ALL'])
    expect(wishOf(word)).toBe('stop');
  for (const word of ['start', 'UNSTOP', 'Yes!']) expect(wishOf(word)).toBe('start');
  for (const text of ['', 'stop the bus', 'ok', '🛑']) expect(wishOf(text)).toBeUndefined();
});
