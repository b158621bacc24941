import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { fencesOf, pageAt, root } from '../docs/pages.ts';
import { Player } from '../docs/transcripts/player.ts';
import { comparable, readTranscript } from '../docs/transcripts/transcript.ts';
import { applicationFolder, installLimitMs } from '../support/package/installed.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { printed } from '../support/programs/printed.ts';
import { complaintsOf, run } from '../support/programs/run.ts';

/** The examples of docs/extend/index.md, as a stranger has them: in a folder that has nothing but the installed package. */

const fences = fencesOf(pageAt('docs/extend/index.md'));
const opened = new AsyncDisposableStack();
let folder: string;
let database: TestDatabase;

beforeAll(async () => {
  database = opened.use(await createEmptyDatabase());
  folder = opened.use(await applicationFolder()).path;
  for (const { code } of fences) {
    const [, path] = /^(?:\/\/|--) (\S+\.(?:ts|sql))\n/.exec(code) ?? [];
    if (path) await Bun.write(join(folder, path), `${code}\n`);
  }
}, installLimitMs);
afterAll(() => opened.disposeAsync());

const compilers = { '5.9': 'typescript-5', '7': 'typescript' };

test.each(Object.keys(compilers).flatMap((version) => [true, false].map((exact) => ({ version, exact }))))(
  'the examples pass tsc $version with exactOptionalPropertyTypes $exact',
  async ({ version, exact }) => {
    const config = join(folder, `tsconfig.${version}.${exact}.json`);
    const compilerOptions = {
      target: 'ESNext',
      module: 'Preserve',
      moduleResolution: 'bundler',
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: exact,
      skipLibCheck: true,
      types: ['bun'],
    };
    await Bun.write(config, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = join(root, 'node_modules', compilers[version as keyof typeof compilers], 'bin/tsc');
    expect(await run([process.execPath, '--bun', tsc, '-p', config], inFolder())).toEqual({
      out: '',
      errors: '',
      code: 0,
    });
  },
);

test('what the types say of the channels is no any', async () => {
  const check = `import type { App, Called } from './app.ts';
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const called: Same<Called, { readonly type: 'ticket_called'; readonly data: { ticket: string } }> = true;
const app: Same<0 extends 1 & App ? 'any' : 'typed', 'typed'> = true;
export const checked = [called, app];\n`;
  await Bun.write(join(folder, 'types/check.ts'), check.replace('./app.ts', '../app.ts'));
  const extended = { extends: '../tsconfig.7.true.json', include: ['check.ts'] };
  await Bun.write(join(folder, 'types/tsconfig.json'), JSON.stringify(extended));
  expect(await complaintsOf(join(folder, 'types'), inFolder())).toBe('');
});

test('the contract and the test of the page pass', async () => {
  await using own = await createEmptyDatabase();
  const { code, errors } = await run(
    [process.execPath, 'test', '--timeout', '60000'],
    inFolder({ TEST_DATABASE_URL: own.url }),
  );
  expect(errors).toContain('7 pass');
  expect({ code, errors }).toMatchObject({ code: 0, errors: expect.stringContaining('0 fail') });
});

test('the program serves the domain with its migration, and answers as printed', async () => {
  const { url, stop } = await start();
  await using _server = { [Symbol.asyncDispose]: stop };
  const expand = (text: string) =>
    text
      .replaceAll('http://localhost:3000', url)
      .replaceAll('ws://localhost:3000', url.replace('http', 'ws'));
  await using player = new Player(expand, database.url);
  for (const fence of fences.filter(({ language }) => language === 'console')) {
    for (const step of readTranscript(fence)) {
      const answer = await player.play(step);
      if (answer !== undefined) expect(comparable(answer)).toEqual(comparable(step.documented));
    }
  }
  await using connection = await openTestDatabase(database.url);
  expect(await connection.query('select window_number, ticket from queue.calls')).toEqual([
    { window_number: 4, ticket: 'A17' },
  ]);
});

/** `tambuli start` in the folder, as soon as it listens. */
async function start(): Promise<{ url: string; stop(): Promise<void> }> {
  const child = Bun.spawn([join(folder, 'node_modules/.bin/tambuli'), 'start'], {
    cwd: folder,
    env: { ...environment(), DATABASE_URL: database.url, PORT: '0', NODE_ENV: 'development' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  return { url: await printed(child.stdout, /(http:\/\/[\w.]+:\d+)/), stop };
}

/** That of the run, without what would configure a server. */
function environment(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
  return { PATH: `${join(process.execPath, '..')}:${PATH}`, HOME, TMPDIR };
}

const inFolder = (env: Readonly<Record<string, string>> = {}) => ({
  cwd: folder,
  env: { ...environment(), ...env },
});
