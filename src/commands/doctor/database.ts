import { addressOf } from '../../db/connection/connect-error.ts';
import { listen } from '../../db/connection/listener.ts';
import { type Database, openDatabase } from '../../db/connection/open.ts';
import { systemClock } from '../../lib/clock.ts';
import { createLogger } from '../../logger.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { type Finding, fault, ok, reasonOf, warning } from './finding.ts';

const silent = () => createLogger('silent');

/** Connects to the address; the finding says what is in the way, and the database is undefined then. */
export async function connect(
  { config }: Deployment,
  url: string,
  opened: AsyncDisposableStack,
): Promise<{ readonly finding: Finding; readonly database?: Database }> {
  try {
    const database = opened.use(await openDatabase({ url, ...config.database, log: silent() }));
    const [row] = await database.query<{ version: string }>(
      `select current_setting('server_version') as version`,
    );
    return { finding: ok('database', `Postgres ${row?.version}, ${addressOf(url)}`), database };
  } catch (error) {
    return { finding: fault('database', reasonOf(error), 'correct DATABASE_URL, or start the database') };
  }
}

/** Looks at the server itself: writes, clocks, time zones, connections, LISTEN and poolers. */
export async function lookAtServer(
  deployment: Deployment,
  database: Database,
  directUrl: string,
): Promise<readonly Finding[]> {
  return [
    ...(await writes(database)),
    await clocks(database),
    ...(await zone(deployment, database)),
    await connections(deployment, database),
    ...(await listening(deployment, directUrl)),
  ];
}

async function writes({ query }: Database): Promise<readonly Finding[]> {
  const [row] = await query<{ standby: boolean; only: string }>(
    `select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as only`,
  );
  if (row?.standby)
    return [fault('writes', 'this is a standby, which takes no writes', 'name the primary in DATABASE_URL')];
  if (row?.only === 'on') {
    const found = 'transactions are read-only by default (default_transaction_read_only)';
    return [fault('writes', found, 'alter role … set default_transaction_read_only = off')];
  }
  return [];
}

const tolerableMs = 2_000;

async function clocks({ query }: Database): Promise<Finding> {
  const before = Date.now();
  const [row] = await query<{ ms: string }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as ms',
  );
  const after = Date.now();
  const apartMs = Math.round(Number(row?.ms) - (before + after) / 2);
  const slackMs = (after - before) / 2;
  if (Math.abs(apartMs) - slackMs < tolerableMs)
    return ok('clocks', 'of this machine and the database agree');
  const found = `the database is ${apartMs > 0 ? 'ahead' : 'behind'} by ${Math.abs(apartMs)} ms`;
  return warning('clocks', found, 'set both by NTP: tokens and retention go by them');
}

async function zone({ config }: Deployment, { query }: Database): Promise<readonly Finding[]> {
  const rows = await query('select from pg_catalog.pg_timezone_names where lower(name) = lower($1)', [
    config.timestampZone,
  ]);
  if (rows.length > 0) return [];
  const found = `the database does not know TIMESTAMP_ZONE ${config.timestampZone}`;
  return [fault('time zone', found, 'set TIMESTAMP_ZONE to a name of pg_timezone_names')];
}

async function connections({ config }: Deployment, { query }: Database): Promise<Finding> {
  const [row] = await query<{ most: number; used: number }>(
    `select current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer as most,
       (select count(*)::integer from pg_catalog.pg_stat_activity where backend_type = 'client backend') as used`,
  );
  const { most = 0, used = 0 } = row ?? {};
  const { poolSize } = config.database;
  const found = `DATABASE_POOL_SIZE ${poolSize} a process, ${used} of ${most} of the server in use`;
  // Old and new processes run side by side in a deploy, and each listens on a connection of its own.
  if (2 * (poolSize + 1) <= most) return ok('connections', found);
  return warning(
    'connections',
    found,
    'lower DATABASE_POOL_SIZE, or raise max_connections: a deploy needs twice as many',
  );
}

async function listening(deployment: Deployment, url: string): Promise<readonly Finding[]> {
  const { databaseUrl, databaseUrlDirect } = deployment.secrets;
  const direct = await hearing(deployment, url);
  const findings: Finding[] = [];
  if (
    databaseUrl !== undefined &&
    databaseUrl !== url &&
    (await hearing(deployment, databaseUrl)) === 'deaf'
  ) {
    findings.push(ok('pooler', 'at DATABASE_URL, and DATABASE_URL_DIRECT goes around it'));
  }
  if (direct === 'heard') return [...findings, ok('LISTEN', 'notifications arrive')];
  const found =
    direct === 'deaf' ? 'notifications do not arrive: a pooler is in between' : 'no connection that listens';
  const next =
    databaseUrlDirect === undefined
      ? 'set DATABASE_URL_DIRECT to the address of the server itself'
      : 'correct DATABASE_URL_DIRECT: it has to be the server itself';
  return [...findings, fault('LISTEN', found, next)];
}

/** Tells whether a notification arrives at the address. A pooler takes connections and keeps no session for LISTEN. */
async function hearing({ config }: Deployment, url: string): Promise<'heard' | 'deaf' | 'away'> {
  const stop = new AbortController();
  const listener = listen({
    url,
    driver: config.database.driver,
    channels: ['tambuli_doctor'],
    onNotification: () => undefined,
    onConnected: () => undefined,
    log: silent(),
    clock: systemClock,
    signal: stop.signal,
  });
  await listener.attempted;
  const heard = listener.connected ? 'heard' : listener.deaf ? 'deaf' : 'away';
  stop.abort();
  await listener.ended;
  return heard;
}
