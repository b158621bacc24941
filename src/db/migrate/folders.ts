import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The migrations of this version, a folder for the engine, each room and each domain. */
export const shippedFolder = join(import.meta.dir, '../../../drizzle');

/** The folder with the migrations of a domain that ships. */
export const shippedMigrations = (name: string) => join(shippedFolder, name);

/** A domain to migrate: the name of one that ships, or its name and its folder, where it has migrations. */
export type DomainMigrations = string | { readonly name: string; readonly migrations?: string };

/** The migrations of the engine, of a room that domains build on, or of a domain. */
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
    return migrations === undefined ? [] : [{ name, path: migrations, isDomain: true }];
  });
  const below = [...new Set(['realtime', ...own.flatMap(({ path }) => roomsOf(path))])];
  const rooms = below.map((name) => ({ name, path: join(folder, name), isDomain: false }));
  return [...rooms, ...own].filter(({ path }) => hasMigrations(path));
}

/** The domains that have migrations, by the folders there are. */
export function domainFolders(folder: string): string[] {
  const names = readdirSync(folder);
  const others = new Set(['realtime', ...names.flatMap((name) => roomsOf(join(folder, name)))]);
  return names.filter((name) => !others.has(name) && hasMigrations(join(folder, name)));
}

export const migrationsTable = (name: string) => `drizzle."${name}_migrations"`;

/** When the newest migration of a folder was made, in milliseconds since the Unix epoch. */
export function newestMigration(folder: string): number {
  return Math.max(0, ...journalOf(folder).entries.map(({ when }) => when));
}

/** The tables in `public` that the migrations of a folder make. */
export function publicTables(folder: string): string[] {
  const last = String(journalOf(folder).entries.at(-1)?.idx ?? 0).padStart(4, '0');
  const snapshot: Snapshot = readJson(join(folder, `meta/${last}_snapshot.json`));
  // drizzle writes `public` as no schema at all.
  return Object.values(snapshot.tables).flatMap(({ name, schema }) => (schema === '' ? [name] : []));
}

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly when: number }[];
}

interface Snapshot {
  readonly tables: Readonly<Record<string, { readonly name: string; readonly schema: string }>>;
}

const journalFile = (folder: string) => join(folder, 'meta/_journal.json');

const hasMigrations = (folder: string) => existsSync(journalFile(folder));

const journalOf = (folder: string): Journal => readJson(journalFile(folder));

/** The folders, by name, whose tables those of a domain need. */
function roomsOf(folder: string): readonly string[] {
  const file = join(folder, 'rooms.json');
  return existsSync(file) ? readJson(file) : [];
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
