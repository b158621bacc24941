import { type Command, InvalidArgumentError } from 'commander';
import { readEnv } from '../config/config.ts';
import { formatTableName, parseTableName, tableNameForm } from '../config/file/table-name.ts';
import { publishedTable } from '../config/file/to-domain.ts';
import type { Database } from '../db/connection/open.ts';
import { installedTables } from '../db/triggers/installed.ts';
import { missingColumns } from '../db/triggers/missing-columns.ts';
import type { PublishedTable } from '../db/triggers/published-table.ts';
import { installTriggers, removeTriggers, stateOf } from '../db/triggers/triggers.ts';
import { channelTemplateForm, isChannelTemplate } from '../protocol/channel-template.ts';
import { isPublicationType } from '../protocol/name.ts';
import { channelSegments } from '../protocol/wire/channel-name.ts';
import { commandLine, withConfig } from './command-line.ts';
import { type Deployment, readDeployment } from './deployment/deployment.ts';
import { openFor } from './deployment/open.ts';

interface Given {
  readonly config?: string;
}

/** Triggers publish every change of a table, by whatever program; they never fail the write. */
export function triggersCommand(): Command {
  return commandLine('triggers', 'Make tables publish every change, by any program; run migrate first')
    .addCommand(
      withConfig(commandLine('install', 'Install the triggers of the configured tables')).action(
        (given: Given) =>
          withTables(given, async (database, tables, { configured }) => {
            await checkColumns(database, configured?.tables ?? []);
            await database.transaction((_, query) => installTriggers(query, tables));
            const missing = await tell(database, tables, configured?.tables);
            if (missing.length === 0) return;
            throw new Error(
              `The other tables publish now; of ${missing.join(', ')} there is no table with changes of its own. Create it, or correct its name in the configuration, and run this again.`,
            );
          }),
      ),
    )
    .addCommand(
      withConfig(
        commandLine('remove', 'Remove the triggers of the named tables, or of the configured ones').argument(
          '[table...]',
          'schema.table, or table in the schema public',
          readTables,
        ),
      ).action((names: readonly string[], given: Given) =>
        withTables(given, async (database, configured) => {
          const tables = names.length > 0 ? names.map(nameOnly) : configured;
          await database.transaction((_, query) => removeTriggers(query, tables));
          await tell(database, tables);
        }),
      ),
    )
    .addCommand(
      withConfig(
        commandLine('status', 'Tell the triggers of the configured tables, and of all others'),
      ).action((given: Given) => withTables(given, tellAll)),
    )
    .addCommand(addCommand());
}

interface Added extends Given {
  readonly channel: readonly string[];
  readonly columns?: readonly string[];
  readonly hidden?: readonly string[];
  readonly type?: string;
}

function addCommand(): Command {
  return withConfig(
    commandLine('add', 'Install the triggers of one table of any schema, without the configuration file')
      .argument('<table>', 'schema.table, or table in the schema public', readForeignTable)
      .requiredOption(
        '--channel <name>',
        'channel of the changes, such as orders:{customer_id}; may be repeated',
        readChannels,
      )
      .option(
        '--columns <name,name…>',
        'the columns that leave; without it all but those that hold a secret',
        readNames,
      )
      .option('--hidden <name,name…>', 'columns that never leave', readNames)
      .option('--type <name>', 'type of the publications; unset means <table>_update', readType),
  ).action((name: string, { channel, type, columns, hidden, ...given }: Added) =>
    withTables(given, async (database, _configured, deployment) => {
      const { table } = nameOnly(name);
      const added = publishedTable(name, {
        type: type ?? `${table}_update`,
        channels: [...channel],
        ...(columns && { columns: [...columns] }),
        ...(hidden && { hidden: [...hidden] }),
        zone: deployment.config.timestampZone,
      });
      const state = await stateOf(database.query, added);
      if (state === 'no table') throw new Error(`There is no table ${name}.`);
      if (state === 'not a table')
        throw new Error(`${name} is not a table; views have no changes of their own.`);
      await checkColumns(database, [added]);
      await database.transaction((_, query) => installTriggers(query, [added]));
      await tell(database, [added]);
      warnOfUnknown(deployment, database, channel);
    }),
  );
}

async function withTables(
  given: Given,
  work: (database: Database, tables: readonly PublishedTable[], deployment: Deployment) => Promise<void>,
): Promise<void> {
  const deployment = await readDeployment(readEnv(given));
  await using opened = new AsyncDisposableStack();
  const database = await openFor(deployment, opened);
  await work(database, deployment.tables, deployment);
}

/** @throws Error that names every column which a table does not have */
async function checkColumns(database: Database, tables: readonly PublishedTable[]): Promise<void> {
  const lines: string[] = [];
  for (const table of tables) {
    for (const { name, known } of await missingColumns(database.query, table)) {
      lines.push(
        `  ${formatTableName(table)}: found the column ${name}; expected one of ${known.join(', ')}`,
      );
    }
  }
  if (lines.length > 0) throw new Error(`Nothing was installed:\n${lines.join('\n')}`);
}

/** A trigger may come before its channel is declared; until then its publications reach nobody. */
function warnOfUnknown({ mounted }: Deployment, database: Database, channels: readonly string[]): void {
  const known = mounted
    .flatMap((domain) => domain.channels(database))
    .map(({ pattern }) => channelSegments(pattern)[0]);
  const unknown = channels.filter((channel) => !known.includes(channelSegments(channel)[0]));
  if (unknown.length === 0) return;
  process.stderr.write(
    `The configuration file declares no channel for ${unknown.join(', ')}: until it does, nobody reads what is published there.\n`,
  );
}

/** Returns those of which there is no table, or something else in its place. */
async function tell(
  database: Database,
  tables: readonly PublishedTable[],
  named: readonly PublishedTable[] = [],
): Promise<readonly string[]> {
  const missing: string[] = [];
  const names = named.map(formatTableName);
  for (const table of tables) {
    const state = await stateOf(database.query, table);
    // Tables in a schema of a domain that ships come with its migrations, which may not have run here.
    const isOfDomain =
      table.schema !== undefined && table.schema !== 'public' && !names.includes(formatTableName(table));
    if (state === 'no table' && isOfDomain && tables.length > 1) continue;
    process.stdout.write(`${formatTableName(table)}: ${state}\n`);
    if (state === 'no table' || state === 'not a table') missing.push(formatTableName(table));
  }
  return missing;
}

async function tellAll(
  database: Database,
  configured: readonly PublishedTable[],
  deployment: Deployment,
): Promise<void> {
  await tell(database, configured, deployment.configured?.tables);
  const names = new Set(configured.map(formatTableName));
  for (const { schema, table, type, channels } of await installedTables(database.query)) {
    const name = formatTableName({ schema, table });
    if (names.has(name)) continue;
    process.stdout.write(`${name}: installed, not in the configuration: ${type} on ${channels.join(', ')}\n`);
  }
}

/** The table alone, for a removal, which does not depend on type and channels. */
const nameOnly = (name: string) => publishedTable(name, { type: '', channels: [] });

function readNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError(`"${text}" is not a list of names with commas between them.`);
}

function readTable(text: string): string {
  if (parseTableName(text)) return text;
  throw new InvalidArgumentError(`"${text}" is not ${tableNameForm}.`);
}

/** A trigger on a table of Tambuli would publish its own publications. */
function readForeignTable(text: string): string {
  const { schema = 'public', table = '' } = parseTableName(text) ?? {};
  const isOurs = schema === 'public' && table.startsWith('realtime_');
  if (isOurs) throw new InvalidArgumentError(`"${text}" is a table of Tambuli.`);
  return readTable(text);
}

const readTables = (text: string, earlier: readonly string[] = []) => [...earlier, readTable(text)];

function readChannels(text: string, earlier: readonly string[] = []): readonly string[] {
  if (isChannelTemplate(text)) return [...earlier, text];
  throw new InvalidArgumentError(`"${text}" is not ${channelTemplateForm}.`);
}

function readType(text: string): string {
  if (isPublicationType(text)) return text;
  throw new InvalidArgumentError(`"${text}" is not a type, or one that the server uses itself.`);
}
