import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';

/** The migrations of this version, a folder for the engine, for each part that domains build on, and for each domain. */
export const shippedFolder = join(import.meta.dir, '../../../drizzle');

/** The folder with the migrations of a domain that ships. */
export const shippedMigrations = (name: string) => join(shippedFolder, name);

/** A domain to migrate: the name of one that ships, or its name and its folder, where it has migrations. */
export type DomainMigrations = string | { readonly name: string; readonly migrations?: string };

/** The migrations of the engine, of a part that domains build on, or of a domain. */
export interface MigrationFolder {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly isDomain: boolean;
}

/** The folders whose migrations these domains need, in the order in which they run; names are looked up in `folder`. */
export function foldersOf(domains: readonly DomainMigrations[], folder: string): MigrationFolder[] {
  const own = domains.flatMap((domain) => {
    const { name, migrations } =
      typeof domain === 'string' ? { name: domain, migrations: join(folder, domain) } : domain;
    if (migrations === undefined) return [];
    if (typeof domain !== 'string' && !existsSync(migrations)) {
      throw new Error(`The migrations of the domain "${name}" are not in ${migrations}.`);
    }
    return [{ name, path: migrations, isDomain: true }];
  });
  const below = [...new Set(['realtime', ...own.flatMap(({ path }) => requiredBy(path))])];
  const required = below.map((name) => ({ name, path: join(folder, name), isDomain: false }));
  return [...required, ...own].filter(({ path }) => hasMigrations(path));
}

/** The domains that have migrations, by the folders there are. */
export function domainFolders(folder: string): string[] {
  const names = readdirSync(folder);
  const others = new Set(['realtime', ...names.flatMap((name) => requiredBy(join(folder, name)))]);
  return names.filter((name) => !others.has(name) && hasMigrations(join(folder, name)));
}

export const migrationsTable = (name: string) => `drizzle."${name}_migrations"`;

export interface NamedMigration {
  /** `0001_orders`, the name of its file. */
  readonly name: string;
  /** The time at which it was made, in milliseconds since the Unix epoch; of a numbered file, its number. */
  readonly at: number;
}

/** The migrations of a folder by their names, the oldest first. */
export function namedMigrations(folder: string): NamedMigration[] {
  if (!isPlain(folder)) return journalOf(folder).entries.map(({ tag, when }) => ({ name: tag, at: when }));
  return plainFiles(folder).map(({ file, number }) => ({ name: file.replace(/\.sql$/, ''), at: number }));
}

/** The migrations of a folder, the oldest first. */
export function readMigrations(folder: string): MigrationMeta[] {
  return isPlain(folder) ? plainMigrations(folder) : readMigrationFiles({ migrationsFolder: folder });
}

/** The SQL files of a folder without a journal, by their numbers, `0001_orders.sql`, each as one piece. */
function plainMigrations(folder: string): MigrationMeta[] {
  return plainFiles(folder).map(({ file, number }) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const hash = createHash('sha256').update(text).digest('hex');
    return { sql: [text], hash, folderMillis: number, bps: true };
  });
}

function plainFiles(folder: string): { readonly file: string; readonly number: number }[] {
  return sqlFiles(folder)
    .map((file) => {
      const number = /^\d{1,9}(?=_)/.exec(file)?.[0];
      if (number === undefined)
        throw new Error(`The migration ${join(folder, file)} needs a number: 0001_${file}.`);
      return { file, number: Number(number) };
    })
    .toSorted((one, other) => one.number - other.number);
}

const sqlFiles = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.sql'));

const isPlain = (folder: string) => !existsSync(journalFile(folder));

/** The tables in `public` that the migrations of a folder make; none where no journal tells them. */
export function publicTables(folder: string): string[] {
  if (isPlain(folder)) return [];
  const last = String(journalOf(folder).entries.at(-1)?.idx ?? 0).padStart(4, '0');
  const snapshot: Snapshot = readJson(join(folder, `meta/${last}_snapshot.json`));
  // drizzle writes `public` as no schema at all.
  return Object.values(snapshot.tables).flatMap(({ name, schema }) => (schema === '' ? [name] : []));
}

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly when: number; readonly tag: string }[];
}

interface Snapshot {
  readonly tables: Readonly<Record<string, { readonly name: string; readonly schema: string }>>;
}

const journalFile = (folder: string) => join(folder, 'meta/_journal.json');

const hasMigrations = (folder: string) =>
  existsSync(folder) && (!isPlain(folder) || sqlFiles(folder).length > 0);

const journalOf = (folder: string): Journal => readJson(journalFile(folder));

/** The folders, by name, whose tables those of a domain need. */
function requiredBy(folder: string): readonly string[] {
  const file = join(folder, 'requires.json');
  return existsSync(file) ? readJson(file) : [];
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
