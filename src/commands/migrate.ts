import type { Command } from 'commander';
import { type Env, readEnv } from '../config/config.ts';
import { shippedFolder } from '../db/migrate/folders.ts';
import { migrate } from '../db/migrate/migrate.ts';
import { pendingMigrations } from '../db/migrate/pending.ts';
import { componentLogger, openLogger } from '../logger.ts';
import { commandLine, withConfig } from './command-line.ts';
import { readDeployment } from './deployment/deployment.ts';
import { directUrl, openFor } from './deployment/open.ts';

interface Given {
  readonly dryRun?: true;
}

export function migrateCommand(): Command {
  return withConfig(
    commandLine(
      'migrate',
      'Bring the tables of the server and of the mounted domains up to date, in the database of DATABASE_URL or the embedded one',
    ).option('--dry-run', 'say what is to be done, and change nothing'),
  ).action(({ dryRun, ...given }: Given & { readonly config?: string }) =>
    dryRun ? tell(readEnv(given)) : run(readEnv(given)),
  );
}

async function run(env: Env): Promise<void> {
  const deployment = await readDeployment(env);
  const { config, mounted } = deployment;
  await using opened = new AsyncDisposableStack();
  await migrate({
    url: await directUrl(deployment, opened),
    driver: config.database.driver,
    domains: mounted,
    log: componentLogger(await openLogger(config), 'migrate'),
  });
}

async function tell(env: Env): Promise<void> {
  const deployment = await readDeployment(env);
  await using opened = new AsyncDisposableStack();
  const database = await openFor(deployment, opened);
  const pending = await pendingMigrations(database.query, deployment.mounted, shippedFolder);
  const lines = pending.flatMap(({ folder, names }) => names.map((name) => `${folder}: ${name} is to run\n`));
  process.stdout.write(lines.join('') || 'The database is up to date.\n');
}
