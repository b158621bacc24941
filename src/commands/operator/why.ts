import { type Command, Option } from 'commander';
import { readEnv } from '../../config/config.ts';
import type { Why } from '../../operate/why/model.ts';
import { commandLine, withConfig } from '../command-line.ts';
import { readDeployment } from '../deployment/deployment.ts';
import { askOperator } from './ask-operator.ts';

interface Given {
  readonly channel?: string;
  readonly at?: string;
  readonly id?: string;
  readonly event?: string;
  readonly asRole?: string;
  readonly asTenants?: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
  readonly config?: string;
}

export function whyCommand(): Command {
  return withConfig(
    commandLine('why', 'Say why a person has, or has not, a publication or a tracked event')
      .argument('<user>', 'the id of the person')
      .option('--channel <name>', 'the channel of the publication')
      .option('--at <position>', 'its offset, or epoch:offset; unset takes the last one')
      .addOption(new Option('--id <id>', 'its id, in place of --at').conflicts('at'))
      .addOption(
        new Option('--event <id>', 'a tracked event, in place of a publication').conflicts('channel'),
      )
      .option('--as-role <name>', 'the role that the rule is asked with; unset takes that of a connection')
      .option('--as-tenants <id,id…>', 'the tenants that the rule is asked with')
      .option('--url <address>', 'address of the server; unset takes PORT of this machine')
      .option(
        '--token <jwt>',
        'a token of the role admin; unset sends a SERVICE_API_KEY of the scope operate',
      )
      .option('--json', 'print the answer as JSON, for programs'),
  ).action(async (user: string, { url, token, json, config, ...query }: Given) => {
    const deployment = await readDeployment(readEnv({ ...(config !== undefined && { config }) }));
    const why = await askOperator<Why>(deployment, { url, token }, '/api/operate/why', { user, ...query });
    process.stdout.write(json ? `${JSON.stringify(why, null, 2)}\n` : said(why));
  });
}

/** The answer in the words of the route. */
function said({ cause, answer, findings, unknown, rule, identity }: Why): string {
  const lines = findings.map(({ at, text, processId }) => {
    const place = processId === null ? '' : ` (process ${processId.slice(-8)})`;
    return `  ${at ?? ''}  ${text}${place}`;
  });
  const right = rule && identity.from !== 'nothing' ? [`  The rule: ${rule.because}.`] : [];
  const rest = unknown.length > 0 ? ['', 'Not known:', ...unknown.map((each) => `  ${each}`)] : [];
  return [`${cause}: ${answer}`, '', ...lines, ...right, ...rest, ''].join('\n');
}
