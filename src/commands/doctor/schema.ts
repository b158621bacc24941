import type { Database } from '../../db/connection/open.ts';
import { shippedFolder } from '../../db/migrate/folders.ts';
import { pendingFolders } from '../../db/migrate/pending.ts';
import { missingColumns } from '../../db/triggers/missing-columns.ts';
import type { PublishedTable } from '../../db/triggers/published-table.ts';
import { stateOf } from '../../db/triggers/triggers.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { type Finding, fault, ok, warning } from './finding.ts';

/** Of the tables: migrations, rights, triggers, queries of rules, and what could not be published. */
export async function lookAtSchema(deployment: Deployment, database: Database): Promise<readonly Finding[]> {
  const pending = await pendingFolders(database.query, deployment.config.domains, shippedFolder);
  if (pending.length > 0) {
    return [
      fault('migrations', `${pending.join(', ')} not migrated`, 'tambuli migrate'),
      ...(await rightToMigrate(database)),
      ...(await queries(deployment, database)),
    ];
  }
  return [
    ok('migrations', 'all have run'),
    ...(await rights(database)),
    ...(await triggers(deployment.tables, database)),
    ...(await queries(deployment, database)),
    ...(await unpublished(database)),
  ];
}

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
  const rows = await query<{ name: string; role: string }>(
    `select c.relname::text as name, current_user::text as role from pg_catalog.pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relname ~ '^realtime_' and c.relkind = 'r'
       and not has_table_privilege(c.oid, 'select, insert, update, delete') order by 1`,
  );
  // has_table_privilege with several is true where any is held, so each is asked.
  const each = await query<{ name: string; role: string }>(
    `select c.relname::text as name, current_user::text as role from pg_catalog.pg_class c
     cross join unnest(array['select', 'insert', 'update', 'delete']) as wanted(right_)
     where c.relnamespace = 'public'::regnamespace and c.relname ~ '^realtime_' and c.relkind = 'r'
       and not has_table_privilege(c.oid, wanted.right_) group by c.relname order by 1`,
  );
  const lacking = [...new Set([...rows, ...each].map(({ name }) => name))];
  if (lacking.length === 0) return [ok('rights', 'to all tables of the server')];
  const role = each[0]?.role ?? '…';
  return [
    fault(
      'rights',
      `the role ${role} may not read and write ${lacking.join(', ')}`,
      `grant select, insert, update, delete on ${lacking.map((name) => `public.${name}`).join(', ')} to ${role}`,
    ),
  ];
}

async function triggers(tables: readonly PublishedTable[], { query }: Database): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let installed = 0;
  for (const table of tables) {
    const name = `${table.schema ?? 'public'}.${table.table}`;
    const [missing] = await missingColumns(query, table);
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
  const faults = (await configured?.faultyQueries(database)) ?? [];
  if (!file || faults.length === 0) return [];
  const [, ...lines] = file.error(faults).message.split('\n');
  return lines.map((line) => fault('rules', line.trim(), 'correct the query in the configuration file'));
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
