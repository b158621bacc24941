import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';

/**
 * The mechanical part of plain English: a comment is a declarative sentence about the named thing, and a log message names
 * component, failure and consequence. A person judges the rest.
 */

const root = join(import.meta.dir, '..');

interface Source {
  readonly file: string;
  readonly text: string;
}

/** All sources but this file, which quotes offences; bundles and packages of others are no sources of ours. */
const sources: readonly Source[] = await Promise.all(
  [...new Glob('{src,clients,test,bench,examples}/**/*.{js,mjs,ts,tsx,java}').scanSync({ cwd: root })]
    .filter((file) => !/\/(node_modules|dist|build|\.next|\.svelte-kit)\//.test(file))
    .filter((file) => file !== 'test/language.test.ts')
    .sort()
    .map(async (file) => ({ file, text: await Bun.file(join(root, file)).text() })),
);

/** Every comment as one line: a block, or `//` lines that follow one another. */
function commentsOf(text: string): string[] {
  const blocks = [...text.matchAll(/\/\*([\s\S]*?)\*\//g)].map(([, inside = '']) =>
    inside.replace(/^\s*\*+/gm, ''),
  );
  const lines = [...text.matchAll(/(?:^[ \t]*\/\/.*\n?)+/gm)].map(([run]) => run.replace(/^\s*\/\//gm, ''));
  return [...blocks, ...lines].map((each) => each.replace(/\s+/g, ' ').trim());
}

/** The texts of warnings and errors, and at which level. */
function logMessagesOf(text: string): string[] {
  const calls =
    /\b(?:log|logger)\.(?:warn|error|fatal)\(\s*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\},\s*)?(['`])((?:\\.|(?!\1).)*)\1/g;
  return [...text.matchAll(calls)].map(([, , message = '']) => message);
}

/** The texts that clients read. */
function clientMessagesOf(text: string): string[] {
  return [...text.matchAll(/new AppError\(\s*'\w+',\s*(['`])((?:\\.|(?!\1).)*)\1/g)].map(
    ([, , message = '']) => message,
  );
}

interface Rule {
  readonly name: string;
  readonly textsOf: (text: string) => readonly string[];
  readonly offends: RegExp;
}

const clause = /^(What|Who|Whom|Whose|Whoever|Whatever|Whichever|Where|Wherever|As|Of|How|Why)\b/;

const rules: readonly Rule[] = [
  {
    name: 'a comment has the named thing as its subject, not a clause',
    textsOf: commentsOf,
    offends: clause,
  },
  { name: 'a comment says "returns", not "answers"', textsOf: commentsOf, offends: /\banswers\b/ },
  {
    name: 'a comment names the person or thing, not "whoever"',
    textsOf: commentsOf,
    offends: /\bwhoever\b/i,
  },
  {
    name: 'a warning names what failed and, behind a semicolon, what follows from it',
    textsOf: logMessagesOf,
    offends: /^[^;]*$/,
  },
  {
    name: 'a message to a client says what was wrong and what to do, as a sentence',
    textsOf: clientMessagesOf,
    offends: new RegExp(`${clause.source}|^[^.!?:]*$`),
  },
];

test('the comments and messages are found', () => {
  const count = (textsOf: Rule['textsOf']) => sources.flatMap(({ text }) => textsOf(text)).length;
  expect(sources.filter(({ file }) => file.endsWith('.java')).length).toBeGreaterThan(50);
  expect(count(commentsOf)).toBeGreaterThan(2_000);
  expect(count(logMessagesOf)).toBeGreaterThan(30);
  expect(count(clientMessagesOf)).toBeGreaterThan(50);
});

for (const { name, textsOf, offends } of rules) {
  test(name, () => {
    const found = sources.flatMap(({ file, text }) =>
      textsOf(text)
        .filter((each) => offends.test(each))
        .map((each) => `${file}: ${each}`),
    );
    expect(found).toEqual([]);
  });
}

test('each rule finds what it forbids and nothing beside it', () => {
  const offending = `
    /** What the log holds. */
    // It answers the position.
    /* Sent to whoever reads. */
    logger.warn({ err: error }, 'heads not compared');
    throw new AppError('forbidden', 'no rights');
  `;
  expect(
    rules.map(({ textsOf, offends }) => textsOf(offending).filter((each) => offends.test(each)).length),
  ).toEqual(rules.map(() => 1));
  const innocent = `
    /** The publications that the log holds. */
    // When the socket closes, the session ends.
    logger.warn({ err: error }, 'broker could not be reached; publications are found by the comparison of heads');
    throw new AppError('forbidden', 'The role of this token may not publish here.');
  `;
  expect(
    rules.flatMap(({ textsOf, offends }) => textsOf(innocent).filter((each) => offends.test(each))),
  ).toEqual([]);
});
