import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { execute } from '../../src/commands/command-line.ts';
import { program } from '../../src/commands/program.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createEmptyDatabase } from '../support/postgres/postgres.ts';
import { run } from '../support/programs/run.ts';

const root = join(import.meta.dir, '../..');
const data = join(root, '.data');

interface Line {
  /** The words after `Usage: ` in its help. */
  readonly usage: string;
  readonly command: readonly string[];
}

/** Every command of the program, those inside others too. */
function linesOf(command: Command, before: readonly string[] = []): Line[] {
  const own = [...before, command.name()];
  const self = { usage: own.join(' '), command: ['src/commands/main.ts', ...own.slice(1)] };
  return [self, ...command.commands.flatMap((each) => linesOf(each, own))];
}

/** Every script of package.json that runs a program of this repository beside `tambuli`. */
const scripts = Object.entries(manifest.scripts).flatMap(([name, line]): Line[] => {
  const file = /\bbun ((?:src|bench|test)\/[\w./-]+\.ts)$/.exec(line)?.[1];
  const isProgram = file === undefined || file.endsWith('/main.ts');
  return isProgram ? [] : [{ usage: file === 'src/index.ts' ? 'start' : `bun run ${name}`, command: [file] }];
});

const commands = linesOf(program());
const dataFiles = () => (existsSync(data) ? readdirSync(data).sort() : 'absent');

/** Runs the program in this process: a command describes itself before it does anything. */
async function inside(args: readonly string[]) {
  let out = '';
  let errors = '';
  const code = await execute(program(), args, {
    out: { write: (text) => (out += text) },
    errors: { write: (text) => (errors += text) },
  });
  return { out, errors, code };
}

const runIn = (env: Readonly<Record<string, string>>, ...command: string[]) =>
  run([process.execPath, '--no-env-file', ...command], { env: { NO_COLOR: '1', ...env } });

test('every command that takes a configuration file refuses one without a name', async () => {
  const found: string[] = [];
  for (const { command } of commands) {
    if (!(await inside([...command.slice(1), '--help'])).out.includes('--config <file>')) continue;
    const { errors, code } = await inside([...command.slice(1), '--config', ' ']);
    const name = command.slice(1).join(' ');
    expect([name, code, errors.includes('The name of the file is empty')]).toEqual([name, 64, true]);
    found.push(name);
  }
  expect(found).toContain('triggers install');
});

test('the commands and the scripts are found', () => {
  const names = [...commands, ...scripts].map(({ usage }) => usage);
  expect(names).toEqual(
    expect.arrayContaining([
      'tambuli',
      'tambuli init',
      'tambuli migrate',
      'tambuli triggers add',
      'tambuli start',
      'tambuli doctor',
      'tambuli cluster',
      'tambuli database reset',
      'start',
      'bun run bench',
      'bun run readme',
    ]),
  );
});

test('the scripts of before lead into the program', () => {
  const { scripts } = manifest;
  const leading = ['db:migrate', 'db:new-epochs', 'db:reset', 'db:triggers', 'token', 'cluster'] as const;
  const known = new Set(commands.map(({ command }) => command.join(' ')));
  for (const name of leading) expect(known).toContain(scripts[name].replace(/^bun /, ''));
});

interface Answers {
  readonly [way: string]: { readonly out: string; readonly errors: string; readonly code: number };
}

function expectManners(usage: string, { help, version, ...wrong }: Answers): void {
  expect(help).toMatchObject({ code: 0, errors: '' });
  expect(help?.out).toStartWith(`Usage: ${usage} `);
  expect(version).toEqual({ code: 0, out: `${manifest.version}\n`, errors: '' });
  for (const { code, out, errors } of Object.values(wrong)) {
    expect(code).toBe(64);
    expect(out).toBe('');
    expect(errors).toContain(`Usage: ${usage} `);
  }
}

/** Any text is the name of a channel or of a table. */
const takesNames = new Set(['tambuli tail', 'tambuli triggers remove']);

test.each(commands.map(({ usage, command }) => [usage, command.slice(1)] as const))(
  '%s explains itself, tells its version, and does nothing with what it does not understand',
  async (usage, args) => {
    expectManners(usage, {
      help: await inside([...args, '--help']),
      version: await inside([...args, '--version']),
      unknown: await inside([...args, '--dry-run-please']),
      ...(!takesNames.has(usage) && { stray: await inside([...args, 'stray', 'stray', 'stray']) }),
    });
  },
);

const main = ['src/commands/main.ts'];
const processes: Line[] = [{ usage: 'tambuli', command: main }, ...scripts];

test.each(processes.map(({ usage, command }) => [usage, command] as const))(
  'as a process, %s does nothing either',
  async (usage, command) => {
    await using database = await createEmptyDatabase();
    const before = dataFiles();
    const env = { DATABASE_URL: database.url };
    const [help, version, unknown, stray] = await Promise.all([
      runIn(env, ...command, '--help'),
      runIn(env, ...command, '--version'),
      runIn(env, ...command, '--dry-run-please'),
      runIn(env, ...command, 'stray', 'stray', 'stray'),
    ]);
    expectManners(usage, { help, version, unknown, stray });
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

test('a command that is not there, and none at all, show those that are', async () => {
  const [none, wrong] = [await inside([]), await inside(['migrat'])];
  expect(none).toMatchObject({ code: 64, out: '' });
  expect(none.errors).toStartWith('Usage: tambuli ');
  expect(wrong).toMatchObject({ code: 64, out: '' });
  expect(wrong.errors).toContain('(Did you mean migrate?)');
});

test('a port of the command line goes before PORT, and one that is none starts nothing', async () => {
  const { code, errors } = await runIn({}, 'src/index.ts', '--port', '99999');
  expect(code).toBe(64);
  expect(errors).toContain(`option '--port <number>' argument '99999' is invalid`);
});

const add = ['triggers', 'add', 'shop.orders'];

test.each([
  [add, "required option '--channel <name>' not specified"],
  [[...add, '--channel', ''], '"" is not a name of'],
  [[...add, '--channel', 'orders:{customer_id'], 'is not a name of'],
  [[...add, '--channel', 'Orders'], 'is not a name of'],
  [[...add, '--channel', 'a:{b}:{c}:{d}:{e}'], 'is not a name of'],
  [[...add, '--channel', 'orders', '--type', ''], '"" is not a type'],
  [[...add, '--channel', 'orders', '--type', 'sync_response'], 'one that the server uses itself'],
  [
    ['triggers', 'add', 'shop.orders.old', '--channel', 'orders'],
    '"shop.orders.old" is not table or schema.table',
  ],
  [['triggers', 'remove', 'shop.orders.old'], '"shop.orders.old" is not table or schema.table'],
  [['triggers', 'remove', ''], '"" is not table or schema.table'],
  [['triggers', 'add', 'public.realtime_outbox', '--channel', 'orders'], 'is a table of Tambuli'],
])('tambuli %j changes no triggers', async (args, reason) => {
  const { code, out, errors } = await inside(args);
  expect({ code, out }).toEqual({ code: 64, out: '' });
  expect(errors).toContain(reason);
});

test('a channel that a mounted domain has is a fault of the file, with its line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-clash-'));
  const file = join(folder, 'tambuli.config.json');
  await Bun.write(file, '{"domains": ["venues"], "channels": {\n  "venue:{id}": {"read": "anyone"}}}');
  const { code, errors } = await runIn({}, 'src/commands/main.ts', 'migrate', '--config', file);
  await rm(folder, { recursive: true });
  expect(code).toBe(78);
  expect(errors).toContain(
    'tambuli.config.json:2:3  channels["venue:{id}"]: found the name "venue", which the domain venues has; expected another name',
  );
});
