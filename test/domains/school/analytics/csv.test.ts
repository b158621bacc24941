import { expect, test } from 'bun:test';
import { csvLine } from '../../../../src/domains/school/analytics/csv.ts';
import { pageAt } from '../../../docs/pages.ts';

test('fields with commas, quotes and line breaks are quoted, and lines end as RFC 4180 asks', () => {
  expect(csvLine(['a', 'b,c', 'say "so"', 'two\nlines', '', null, 1.5])).toBe(
    'a,"b,c","say ""so""","two\nlines",,,1.5\r\n',
  );
});

/** A text that begins with each of the signs that docs/reach/analytics.md lists, by the name that they have there. */
const formulas: Readonly<Record<string, string>> = {
  '`=`': '=1+1',
  '`+`': '+1',
  '`-`': '-1',
  '`@`': '@SUM(A1)',
  'a tab': '\t=1',
  'a line break': '\n=1',
  'a carriage return': '\r=1',
  '`＝`': '＝1+1',
  '`＋`': '＋1',
  '`－`': '－1',
  '`＠`': '＠SUM(A1)',
};

for (const [sign, text] of Object.entries(formulas)) {
  test(`a text that begins with ${sign} is a text for a spreadsheet too, as its page says`, () => {
    const [field = ''] = csvLine([text]).split('\r\n');
    expect(field.replace(/^"/, '')).toStartWith(`'${text[0]}`);
    expect(pageAt('docs/reach/analytics.md').text).toContain(sign);
  });
}

test('a text that holds a formula and quotes is quoted, a number and a text that begins otherwise stay', () => {
  expect(csvLine(['=HYPERLINK("http://x","y")'])).toBe(`"'=HYPERLINK(""http://x"",""y"")"\r\n`);
  expect(csvLine(['a=b', -1])).toBe('a=b,-1\r\n');
});
