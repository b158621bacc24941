import type { Command } from 'commander';
import { readEnv } from '../../config/config.ts';
import type { Forgotten } from '../../operate/users/model.ts';
import { commandLine, UsageError, withConfig } from '../command-line.ts';
import { readDeployment } from '../deployment/deployment.ts';
import { askOperator } from './ask-operator.ts';

interface Given {
  readonly yes?: true;
  readonly url?: string;
  readonly token?: string;
  readonly config?: string;
}

export function forgetCommand(): Command {
  return withConfig(
    commandLine('forget', 'Remove what a deployment keeps of a person, and end their sessions; counts stay')
      .argument('<user>', 'the id of the person')
      .option('--yes', 'do it: nothing can be brought back')
      .option('--url <address>', 'address of the server; unset takes PORT of this machine')
      .option(
        '--token <jwt>',
        'a token of the role admin; unset sends a SERVICE_API_KEY of the scope operate',
      ),
  ).action(async (user: string, { yes, url, token, config }: Given) => {
    if (!yes) throw new UsageError(`Everything of ${user} would be removed for ever; say so with --yes.`);
    const deployment = await readDeployment(readEnv({ ...(config !== undefined && { config }) }));
    const path = `/api/operate/users/${encodeURIComponent(user)}`;
    process.stdout.write(said(await askOperator<Forgotten>(deployment, { url, token }, path, {}, 'DELETE')));
  });
}

function said({ changed, kept }: Forgotten): string {
  const lines = Object.entries(changed).map(([table, rows]) => `${table}: ${rows}`);
  const left = kept.map((table) => `${table}: a row stays, tables of the application refer to it`);
  return lines.length + left.length === 0
    ? 'Nothing is kept of this person.\n'
    : `${[...lines, ...left].join('\n')}\n`;
}
