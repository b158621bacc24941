import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { openTestDatabase } from '../support/postgres/database.ts';
import { createEmptyDatabase } from '../support/postgres/postgres.ts';

const root = join(import.meta.dir, '../..');
const data = join(root, '.data');

/** Every script of package.json that runs a program of this repository, with the file that it runs. */
const programs = Object.entries(manifest.scripts).flatMap(([name, line]) => {
  const file = /\bbun ((?:src|bench|test)\/[\w./-]+\.ts)$/.exec(line)?.[1];
  return file === undefined ? [] : [[name, file] as const];
});

const dataFiles = () => (existsSync(data) ? readdirSync(data).sort() : 'absent');

async function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([process.execPath, '--no-env-file', file, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { out, errors, code: await child.exited };
}

test('the scripts that run a program are found', () => {
  expect(programs.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'start',
      'db:migrate',
      'db:reset',
      'db:triggers',
      'token',
      'cluster',
      'bench',
      'readme',
    ]),
  );
});

test.each(programs)(
  '%s explains itself, tells its version, and does nothing with what it does not understand',
  async (name, file) => {
    await using database = await createEmptyDatabase();
    const before = dataFiles();
    const env = { DATABASE_URL: database.url };
    const [help, version, unknown, stray] = await Promise.all([
      run(file, ['--help'], env),
      run(file, ['--version'], env),
      run(file, ['--dry-run-please'], env),
      run(file, ['stray', 'stray', 'stray'], env),
    ]);
    expect(help).toMatchObject({ code: 0, errors: '' });
    expect(help.out).toStartWith(`Usage: bun run ${name} `);
    expect(version).toEqual({ code: 0, out: `${manifest.version}\n`, errors: '' });
    for (const { code, out, errors } of [unknown, stray]) {
      expect(code).toBe(64);
      expect(out).toBe('');
      expect(errors).toContain(`Usage: bun run ${name} `);
    }
    expect(dataFiles()).toEqual(before);
    await using untouched = await openTestDatabase(database.url);
    expect(
      await untouched.query(`select nspname from pg_namespace where nspname !~ '^pg_|^information_schema$'`),
    ).toEqual([{ nspname: 'public' }]);
    expect(
      await untouched.query(`select relname from pg_class where relnamespace = 'public'::regnamespace`),
    ).toEqual([]);
  },
);

test('a port of the command line goes before PORT, and one that is none starts nothing', async () => {
  const { code, errors } = await run('src/index.ts', ['--port', '99999']);
  expect(code).toBe(64);
  expect(errors).toContain(`option '--port <number>' argument '99999' is invalid`);
});
