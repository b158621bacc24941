import type { Command } from 'commander';
import { ConfigError, type Env, readEnv } from '../config/config.ts';
import { ConfigFileError } from '../config/file/faults.ts';
import { embeddedUser } from '../db/embedded/embedded.ts';
import { embeddedDirectory } from '../storage.ts';
import { commandLine, withConfig } from './command-line.ts';
import { type Deployment, readDeployment } from './deployment/deployment.ts';
import { directUrl } from './deployment/open.ts';
import { connect, lookAtServer } from './doctor/database.ts';
import { lookAtFiles } from './doctor/files.ts';
import { type Finding, fault, findingsText, reasonOf, warning } from './doctor/finding.ts';
import { lookAtProcesses } from './doctor/processes.ts';
import { lookAtSchema } from './doctor/schema.ts';
import { lookAtSettings } from './doctor/settings.ts';

interface Given {
  readonly json?: true;
  readonly config?: string;
}

/** The exit code is 1 where anything is a fault; warnings alone leave it at 0. Nothing is changed. */
export function doctorCommand(): Command {
  return withConfig(
    commandLine(
      'doctor',
      'Look at everything that can be wrong in a deployment, and name the next command',
    ).option('--json', 'print the findings as JSON, for programs'),
  ).action(async ({ json, ...given }: Given) => {
    const findings = await examine(readEnv(given));
    const isSound = findings.every(({ state }) => state !== 'fault');
    process.stdout.write(
      json ? `${JSON.stringify({ ok: isSound, findings }, null, 2)}\n` : findingsText(findings),
    );
    if (!isSound) process.exitCode = 1;
  });
}

/** Every finding about the deployment that the environment and the configuration file describe. */
export async function examine(env: Env): Promise<readonly Finding[]> {
  let deployment: Deployment;
  try {
    deployment = await readDeployment(env);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ConfigFileError)) throw error;
    const [, ...lines] = error.message.split('\n');
    return lines.map((line) => fault('configuration', line.trim(), 'correct it, then tambuli doctor'));
  }
  const findings: Finding[] = [...(await lookAtSettings(deployment))];
  await using opened = new AsyncDisposableStack();
  if (await hasDatabase(deployment)) {
    const direct = await directUrl(deployment, opened);
    const { finding, database } = await connect(deployment, deployment.secrets.databaseUrl ?? direct, opened);
    findings.push(finding);
    if (database) {
      findings.push(...(await guarded('database', () => lookAtServer(deployment, database, direct))));
      findings.push(...(await guarded('tables', () => lookAtSchema(deployment, database))));
    }
  } else
    findings.push(
      warning('database', 'an embedded one, which does not run', 'set DATABASE_URL, or tambuli start'),
    );
  findings.push(await lookAtFiles(deployment));
  findings.push(...(await guarded('processes', () => lookAtProcesses(deployment))));
  return findings;
}

/** A look that fails is a finding itself: the others go on. */
async function guarded(check: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [fault(check, reasonOf(error), 'correct it, then tambuli doctor')];
  }
}

/** The embedded database is looked at where a process uses it, and not started for that. */
async function hasDatabase({ secrets }: Deployment): Promise<boolean> {
  if (secrets.databaseUrl !== undefined || secrets.databaseUrlDirect !== undefined) return true;
  return (await embeddedUser(embeddedDirectory())) !== undefined;
}
