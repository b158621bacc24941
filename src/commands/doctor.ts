import type { Command } from 'commander';
import { ConfigError, type Env, readEnv } from '../config/config.ts';
import { ConfigFileError } from '../config/file/faults.ts';
import { commandLine, withConfig } from './command-line.ts';
import { type Deployment, readDeployment } from './deployment/deployment.ts';
import { directUrl } from './deployment/open.ts';
import { connect, lookAtServer } from './doctor/database.ts';
import { type Finding, fault, findingsText, reasonOf } from './doctor/finding.ts';
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

async function examine(env: Env): Promise<readonly Finding[]> {
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
  const direct = await directUrl(deployment, opened).catch((error: unknown) => {
    findings.push(fault('database', reasonOf(error), 'set DATABASE_URL'));
    return undefined;
  });
  if (direct !== undefined) {
    const { finding, database } = await connect(deployment, deployment.secrets.databaseUrl ?? direct, opened);
    findings.push(finding);
    if (database) {
      findings.push(...(await lookAtServer(deployment, database, direct)));
      findings.push(...(await lookAtSchema(deployment, database)));
    }
  }
  findings.push(...(await lookAtProcesses(deployment)));
  return findings;
}
