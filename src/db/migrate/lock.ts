import type { Logger } from '../../logger.ts';
import type { Client } from '../connection/driver.ts';
import { localSettings } from '../connection/session-settings.ts';

/** Any number, as long as it is always this one; older versions hold it for their session. */
const lockKey = 7_266_853;
const pauseMs = 200;
const patienceMs = 5_000;
const limitMs = 600_000;

const holderStatement = `
select a.pid, a.application_name, a.state, a.state_change::text as since from pg_locks l
join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.objid = ${lockKey}
  and l.database = (select oid from pg_database where datname = current_database())`;

/**
 * Begins a transaction in which nobody else migrates. The lock ends with the transaction, so it passes poolers; one that
 * an older version left on a pooler's connection is named in the log, with what ends it.
 */
export async function beginMigration(client: Client, log: Logger): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    await client.query({ text: `begin; set local search_path = public; ${localSettings}` });
    const { rows } = await client.query({ text: `select pg_try_advisory_xact_lock(${lockKey}) as mine` });
    if (rows[0]?.['mine'] === true) return;
    await client.query({ text: 'rollback' });
    if (waitedMs === patienceMs) log.warn(await holderOf(client), `waiting for another migration: ${remedy}`);
    if (waitedMs >= limitMs) throw new Error(`Another migration holds the lock ${lockKey}: ${remedy}`);
    await Bun.sleep(pauseMs);
  }
}

const remedy = 'if none runs, its session was left behind: select pg_terminate_backend(<pid>)';

async function holderOf(client: Client): Promise<object> {
  const { rows } = await client.query({ text: holderStatement });
  return { holder: rows[0] ?? null };
}
