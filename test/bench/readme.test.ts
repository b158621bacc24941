import { expect, test } from 'bun:test';
import { insertBetween } from '../../bench/readme.ts';

test('the report goes between its marks and nowhere else', () => {
  const text = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter';
  expect(insertBetween(text, 'bench', 'new')).toBe('before\n<!-- bench -->\nnew\n<!-- /bench -->\nafter');
  expect(insertBetween('no marks', 'bench', 'new')).toBeUndefined();
});
