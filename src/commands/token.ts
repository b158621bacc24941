import type { Command } from 'commander';
import { type ClaimSource, defaultRole, toPrincipal } from '../auth/claims.ts';
import { createTokenSigner } from '../auth/token-signer.ts';
import { ConfigError, type Env, parseConfig, readEnv } from '../config/config.ts';
import { spanPattern } from '../config/file/schema.ts';
import { AppError } from '../errors.ts';
import { commandLine, UsageError } from './command-line.ts';

/** The identity of a token, and its lifetime. */
export interface TokenOptions {
  readonly user: string;
  readonly role: string;
  readonly tenant: readonly string[];
  readonly expires: string;
}

const writeLine = (line: string) => void process.stdout.write(`${line}\n`);

/** The command; `print` receives a development token, signed with the configuration of `env`. */
export function tokenCommand(env: () => Env = readEnv, print: (token: string) => void = writeLine): Command {
  return commandLine('token', 'Print a development token, signed with the first key of JWT_SECRET')
    .requiredOption('--user <id>', 'the user it identifies')
    .option('--role <name>', 'the role it gives', defaultRole)
    .option('--tenant <id>', 'a tenant it gives; may be repeated', append, [])
    .option('--expires <span>', 'how long it is valid: 30m, 1h, 7d', '1h')
    .action(async (options: TokenOptions) => print(await makeToken(options, env())));
}

export const append = (tenant: string, earlier: readonly string[]) => [...earlier, tenant];

export async function makeToken(options: TokenOptions, env: Env): Promise<string> {
  const { config, secrets } = parseConfig(env);
  const [key] = secrets.jwtKeys;
  if (!key) {
    throw new ConfigError([
      {
        variable: 'JWT_SECRET',
        found: 'nothing',
        expected: 'a secret to sign with, for example of `openssl rand -hex 32`',
      },
    ]);
  }
  const identity = identityOf(options);
  if (!new RegExp(spanPattern).test(options.expires)) {
    throw new UsageError('--expires has to be a time such as 30m, 1h or 7d.');
  }
  const sign = createTokenSigner({ ...config.auth, key });
  return sign({ ...identity, expiresIn: options.expires });
}

const source: ClaimSource = {
  code: 'unauthenticated',
  userId: '--user',
  role: '--role',
  tenants: '--tenant',
};

/** @throws UsageError for an identity that the server would refuse */
function identityOf({ user, role, tenant }: TokenOptions) {
  try {
    return toPrincipal({ userId: user, role, tenants: tenant }, source);
  } catch (error) {
    if (error instanceof AppError) throw new UsageError(error.message);
    throw error;
  }
}
