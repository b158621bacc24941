import { expect, test } from 'bun:test';
import { ownFences, pages } from '../pages.ts';
import { isAsPrinted, playPage } from './play.ts';
import { comparable } from './transcript.ts';

const played = pages.filter((page) => ownFences(page, 'console').length > 0);

test('there are transcripts', () => {
  expect(played.length).toBeGreaterThan(8);
});

// After a change of an answer: bun run readme --play
for (const page of played) {
  test(`every command and frame of ${page.path} is answered as printed`, async () => {
    const differing = (await playPage(page)).filter((step) => !isAsPrinted(step));
    expect(differing.map(({ line, answer }) => ({ line: line + 1, answer: comparable(answer) }))).toEqual(
      differing.map(({ line, documented }) => ({ line: line + 1, answer: comparable(documented) })),
    );
  });
}
