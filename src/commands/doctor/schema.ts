import type { FileFault } from '../../config/file/faults.ts';
import { sqlState } from '../../db/connection/errors.ts';
import type { Database } from '../../db/connection/open.ts';
import { shippedFolder } from '../../db/migrate/folders.ts';
import { pendingFolders } from '../../db/migrate/pending.ts';
import { missingColumns } from '../../db/triggers/missing-columns.ts';
import { stateOf } from '../../db/triggers/triggers.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { type Finding, fault, ok, warning } from './finding.ts';

/** Looks at the tables: migrations, rights, triggers, queries of rules, and dead letters. */
export async function lookAtSchema(deployment: Deployment, database: Database): Promise<readonly Finding[]> {
  const known = await readPending(deployment, database);
  const pending = known ?? [];
  if (pending.length > 0) {
    return [
      fault('migrations', `${pending.join(', ')} not migrated`, 'tambuli migrate'),
      ...(await rightToMigrate(database)),
      ...(await queries(deployment, database)),
    ];
  }
  const owned = await rights(database);
  const isAllowed = owned.every(({ state }) => state === 'ok');
  return [
    known ? ok('migrations', 'all have run') : unknownMigrations,
    ...owned,
    ...(await triggers(deployment, database)),
    ...(await queries(deployment, database)),
    ...(isAllowed ? await unpublished(database) : []),
  ];
}

/** Returns undefined where the role may not look. */
async function readPending(
  { mounted }: Deployment,
  { query }: Database,
): Promise<readonly string[] | undefined> {
  try {
    return await pendingFolders(query, mounted, shippedFolder);
  } catch (error) {
    if (sqlState(error) === '42501') return undefined;
    throw error;
  }
}

const unknownMigrations = warning(
  'migrations',
  'this role may not read which have run',
  'grant usage on schema drizzle and select on its tables, or run tambuli migrate --dry-run as the owner',
);

async function rightToMigrate({ query }: Database): Promise<readonly Finding[]> {
  const [row] = await query<{ may: boolean; role: string }>(
    `select has_database_privilege(current_database(), 'create') and has_schema_privilege('public', 'create') as may,
       current_user::text as role`,
  );
  if (row?.may) return [];
  const found = `the role ${row?.role} may create neither schemas nor tables`;
  return [fault('rights', found, 'grant create on database … and on schema public, or migrate as the owner')];
}

async function rights({ query }: Database): Promise<readonly Finding[]> {
  const lacking = await query<{ name: string; role: string }>(
    `select c.relname::text as name, current_user::text as role from pg_catalog.pg_class c
     cross join unnest(array['select', 'insert', 'update', 'delete']) as wanted(right_)
     where c.relnamespace = 'public'::regnamespace and c.relname ~ '^realtime_' and c.relkind = 'r'
       and not has_table_privilege(c.oid, wanted.right_) group by c.relname order by 1`,
  );
  const [first] = lacking;
  if (!first) return [ok('rights', 'to all tables of the server')];
  const names = lacking.map(({ name }) => name);
  return [
    fault(
      'rights',
      `the role ${first.role} may not read and write ${names.join(', ')}`,
      `grant select, insert, update, delete on ${names.map((name) => `public.${name}`).join(', ')} to ${first.role}`,
    ),
  ];
}

async function triggers(
  { tables, configured }: Deployment,
  { query }: Database,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let installed = 0;
  for (const table of tables) {
    const name = `${table.schema ?? 'public'}.${table.table}`;
    const isOwn = configured?.tables.some((own) => own.schema === table.schema && own.table === table.table);
    const [missing] = isOwn ? await missingColumns(query, table) : [];
    if (missing) {
      const found = `${name} has no column ${missing.name}`;
      findings.push(
        fault('triggers', found, `correct it in the configuration file: ${missing.known.join(', ')}`),
      );
      continue;
    }
    const state = await stateOf(query, table);
    if (state === 'installed') installed++;
    else if (state === 'no table' || state === 'not a table') {
      findings.push(warning('triggers', `${name}: ${state}`, 'create it, or correct its name'));
    } else if (state === 'disabled') {
      findings.push(fault('triggers', `${name}: disabled`, `alter table ${name} enable trigger all`));
    } else findings.push(warning('triggers', `${name}: ${state}`, 'tambuli triggers install'));
  }
  return installed > 0 ? [ok('triggers', `installed on ${installed} table(s)`), ...findings] : findings;
}

async function queries({ configured, file }: Deployment, database: Database): Promise<readonly Finding[]> {
  const judged = await configured?.judgeQueries(database);
  if (!file || !judged) return [];
  const linesOf = (found: readonly FileFault[]) =>
    found.length === 0 ? [] : file.error(found).message.split('\n').slice(1);
  const next = 'see that no two users become one by the function, or compare with the parameter itself';
  return [
    ...linesOf(judged.faults).map((line) =>
      fault('rules', line.trim(), 'correct the query in the configuration file'),
    ),
    ...linesOf(judged.doubts).map((line) => warning('rules', line.trim(), next)),
  ];
}

async function unpublished({ query }: Database): Promise<readonly Finding[]> {
  const [row] = await query<{ dead: number; reason: string | null; waiting: number }>(
    `select (select count(*)::integer from public.realtime_dead_letters) as dead,
       (select reason from public.realtime_dead_letters limit 1) as reason,
       (select count(*)::integer from (select from public.realtime_outbox limit 10001) o) as waiting`,
  );
  const findings: Finding[] = [];
  if (row && row.dead > 0) {
    const found = `${row.dead} could not be published: ${row.reason}`;
    findings.push(
      warning('dead letters', found, 'select * from realtime_dead_letters; delete what is understood'),
    );
  }
  if (row && row.waiting > 10_000) {
    findings.push(
      fault('outbox', 'more than 10,000 wait to be published', 'tambuli start: a server moves them'),
    );
  }
  return findings;
}
