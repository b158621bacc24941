import type { Command } from 'commander';
import { defaultRole } from '../auth/claims.ts';
import { readEnv } from '../config/config.ts';
import { commandLine, numberBetween, withConfig } from './command-line.ts';
import { readDeployment } from './deployment/deployment.ts';
import { follow } from './deployment/follow.ts';
import { append, makeToken } from './token.ts';

interface Given {
  readonly url?: string;
  readonly token?: string;
  readonly user?: string;
  readonly role: string;
  readonly tenant: readonly string[];
  readonly since?: string;
  readonly count: number;
  readonly config?: string;
}

export function tailCommand(): Command {
  return withConfig(
    commandLine('tail', 'Print what a running server publishes, a line of JSON each')
      .argument('<channel...>', 'the names of the channels, such as orders:7')
      .option('--url <address>', 'address of the server; unset takes PORT of this machine')
      .option('--token <jwt>', 'who reads; unset makes a token with JWT_SECRET, or sends SERVICE_API_KEY')
      .option('--user <id>', 'the user of the token that is made')
      .option('--role <name>', 'the role of the token that is made', defaultRole)
      .option('--tenant <id>', 'a tenant of the token that is made; may be repeated', append, [])
      .option('--since <position>', 'begin after this position, not with what comes next')
      .option(
        '--count <number>',
        'end after so many',
        numberBetween(1, Number.POSITIVE_INFINITY),
        Number.POSITIVE_INFINITY,
      ),
  ).action(async (channels: readonly string[], { count, ...given }: Given) => {
    const env = readEnv(given);
    const { config, secrets } = await readDeployment(env);
    const [serviceKey] = secrets.serviceKeys.filter(({ scopes }) => scopes.includes('read'));
    const isMade = given.user !== undefined || (config.auth.mode === 'jwt' && !serviceKey);
    const { user = 'tambuli-tail', role, tenant, expires = '1h' } = { ...given, expires: '1h' };
    const token = given.token ?? (isMade ? await makeToken({ user, role, tenant, expires }, env) : undefined);
    let left = count;
    const url = given.url ?? `http://127.0.0.1:${config.port}`;
    const stream = follow({
      url,
      channels,
      onOpen: () => process.stderr.write(`Reading ${channels.join(', ')} at ${url}.\n`),
      since: given.since,
      headers:
        token !== undefined
          ? { authorization: `Bearer ${token}` }
          : { ...(serviceKey && { 'x-api-key': serviceKey.key }) },
    });
    for await (const publication of stream) {
      process.stdout.write(`${publication}\n`);
      if (--left === 0) return;
    }
  });
}
