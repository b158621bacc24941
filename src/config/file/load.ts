import { existsSync, readFileSync } from 'node:fs';
import { extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Domain } from '../../extension/domain.ts';
import type { Ports } from '../../extension/ports.ts';
import { checkConfigFile } from './check.ts';
import { partsOfModule } from './define-config.ts';
import { ConfigFileError, type FileFault, type Path, type Place, valueText } from './faults.ts';
import { parseJson } from './parse-json.ts';
import type { ConfigFile } from './schema.ts';

/** The names that are looked for, in a folder where none is given. */
export const configFileNames = ['tambuli.config.json', 'tambuli.config.ts', 'tambuli.config.js'] as const;

export interface LoadedFile {
  /** Absolute. */
  readonly path: string;
  readonly value: ConfigFile;
  /** The domains of the application that a module brings. */
  readonly domains: readonly Domain[];
  /** The parts of the server that a module brings. */
  readonly ports: Ports;
  /** The error of faults that the file alone does not show. */
  error(faults: readonly FileFault[]): ConfigFileError;
}

/**
 * The configuration file of a folder, or the one that is named; undefined where there is none to be found.
 *
 * @throws ConfigFileError with every fault
 */
export async function loadConfigFile(folder: string, named?: string): Promise<LoadedFile | undefined> {
  const path = named === undefined ? findFile(folder) : resolve(folder, named);
  if (path === undefined) return undefined;
  const shown = relative(folder, path) || path;
  if (!existsSync(path)) throw fault(shown, 'no such file', 'a configuration file');
  const isJson = extname(path) === '.json';
  const { value, faults, placeOf, domains, ports } = isJson
    ? { ...parseJson(readFileSync(path, 'utf8')), domains: [], ports: {} }
    : await importFile(path, shown);
  const isUnreadable = faults.length > 0 && value === undefined;
  const all = isUnreadable ? faults : [...faults, ...checkConfigFile(value, domains.length > 0)];
  if (all.length > 0) throw new ConfigFileError(shown, all, placeOf);
  const error = (others: readonly FileFault[]) => new ConfigFileError(shown, others, placeOf);
  return { path, value: value as ConfigFile, domains, ports, error };
}

function findFile(folder: string): string | undefined {
  const found = configFileNames.filter((name) => existsSync(join(folder, name)));
  const [first, second] = found;
  if (first !== undefined && second !== undefined) throw fault(second, `${first} beside it`, 'one of them');
  return first === undefined ? undefined : join(folder, first);
}

interface Imported {
  readonly value: unknown;
  readonly domains: readonly Domain[];
  readonly ports: Ports;
  readonly faults: readonly FileFault[];
  placeOf(path: Path): Place | undefined;
}

async function importFile(path: string, shown: string): Promise<Imported> {
  let exported: { readonly default?: unknown };
  try {
    exported = await import(pathToFileURL(path).href);
  } catch (error) {
    throw fault(
      shown,
      `a module that fails (${error instanceof Error ? error.message : valueText(error)})`,
      moduleForm,
    );
  }
  if (exported.default === undefined) throw fault(shown, 'no default export', moduleForm);
  return { ...partsOfModule(exported.default), placeOf: () => undefined };
}

const moduleForm = 'export default defineConfig({ … })';

const fault = (shown: string, found: string, expected: string) =>
  new ConfigFileError(shown, [{ path: [], found, expected }], () => undefined);
