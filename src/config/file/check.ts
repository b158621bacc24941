import type { TObject, TSchema } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { Value } from '@sinclair/typebox/value';
import { checkChannel, checkTable } from './check-settings.ts';
import { closest, type FileFault, type Path, valueText } from './faults.ts';
import { ConfigFile } from './schema.ts';
import { formatTableName, parseTableName } from './table-name.ts';

/**
 * Every fault of a configuration, whatever wrote it: of its shape, and of what its parts say of one another.
 *
 * @param hasDomains whether domains of the application bring channels beside those of the file
 */
export function checkConfigFile(value: unknown, hasDomains = false): FileFault[] {
  const faults = new Map<string, FileFault>();
  const report = (path: Path, found: string, expected: string) => {
    const key = path.join('\0');
    if (!faults.has(key)) faults.set(key, { path, found, expected });
  };
  for (const error of Value.Errors(ConfigFile, value)) {
    const path = pathOf(value, error.path);
    // A rule has its own words for what is wrong, and the place of the one part that is.
    if (isRule(path)) continue;
    report(path, foundOf(error, path), expectationOf(error));
  }
  const file = record(value);
  const channels = record(file['channels']);
  const tables = record(file['tables']);
  const names = new Map<string, string>();
  for (const [pattern, settings] of Object.entries(channels)) {
    checkChannel(pattern, record(settings), names, (path, found, expected) =>
      report(['channels', pattern, ...path], found, expected),
    );
  }
  const isOnly = !hasDomains && (!Array.isArray(file['domains']) || file['domains'].length === 0);
  const tableNames = new Set<string>();
  for (const [table, settings] of Object.entries(tables)) {
    const place = parseTableName(table);
    const short = place && formatTableName(place);
    if (short !== undefined && tableNames.has(short)) {
      report(['tables', table], `the table ${valueText(short)} a second time`, 'each table once');
    }
    if (short !== undefined) tableNames.add(short);
    checkTable(table, record(settings), { channels, isOnly }, (path, found, expected) =>
      report(['tables', table, ...path], found, expected),
    );
  }
  return [...faults.values()];
}

const ruleKeys = ['read', 'publish', 'whisper', 'files'];

function isRule([top, , key]: Path): boolean {
  return top === 'channels' && ruleKeys.includes(String(key));
}

function expectationOf({ type, schema, path }: ValueError): string {
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    const known = Object.keys((schema as TObject).properties ?? {}).filter((name) => !name.startsWith('$'));
    const meant = closest(path.split('/').at(-1) ?? '', known);
    return `one of ${known.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`;
  }
  return expectedOf(schema);
}

function expectedOf(schema: TSchema): string {
  if (typeof schema['expected'] === 'string') return schema['expected'];
  return schema['type'] === 'string' ? 'a text that is not empty' : `a value of the type ${schema['type']}`;
}

function foundOf({ type, value }: ValueError, path: Path): string {
  return type === ValueErrorType.ObjectAdditionalProperties
    ? `the key ${valueText(path.at(-1))}`
    : valueText(value);
}

/** The keys of a JSON pointer; a part of digits is an index where the value has a list. */
function pathOf(value: unknown, pointer: string): Path {
  let at = value;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(at) ? Number(key) : key;
      at = Object(at)[step];
      return step;
    });
}

/** The members of an object; none of anything else, which the schema has refused. */
function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
