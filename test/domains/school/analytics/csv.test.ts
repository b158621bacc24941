import { expect, test } from 'bun:test';
import { csvLine } from '../../../../src/domains/school/analytics/csv.ts';

test('fields with commas, quotes and line breaks are quoted, and lines end as RFC 4180 asks', () => {
  expect(csvLine(['a', 'b,c', 'say "so"', 'two\nlines', '', null, 1.5])).toBe(
    'a,"b,c","say ""so""","two\nlines",,,1.5\r\n',
  );
});

test('a text that a spreadsheet would calculate is a text, a number stays one', () => {
  const texts = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x","y")'];
  expect(csvLine(texts)).toBe(`'=1+1,'+1,'-1,'@SUM(A1),'\t=1,"'\r=1","'=HYPERLINK(""http://x"",""y"")"\r\n`);
  expect(csvLine(['a=b', -1])).toBe('a=b,-1\r\n');
});
