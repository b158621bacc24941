import { parseArgs } from 'node:util';
import { defaultRole } from '../auth/claims.ts';
import { createTokenSigner } from '../auth/token-signer.ts';
import { ConfigError, type Env, parseConfig, readEnv } from '../config.ts';

/** A wrong command line; the exit code is EX_USAGE of sysexits.h. */
export class UsageError extends Error {
  readonly exitCode = 64;
}

const usage = 'Usage: bun run token --user <id> [--role user] [--tenant <id>]… [--expires 1h]';

/** A development token for what `args` ask, signed with the configuration of `env`. Throws UsageError or ConfigError. */
export async function makeToken(args: readonly string[], env: Env): Promise<string> {
  const options = readOptions(args);
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
  const sign = createTokenSigner({ ...config.auth, key });
  try {
    return await sign(options);
  } catch (cause) {
    throw new UsageError(`--expires has to be a time such as 30m, 1h or 7d.\n${usage}`, { cause });
  }
}

function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        user: { type: 'string' },
        role: { type: 'string', default: defaultRole },
        tenant: { type: 'string', multiple: true, default: [] },
        expires: { type: 'string', default: '1h' },
      },
    });
    if (!values.user) throw new TypeError('--user is missing.');
    return { userId: values.user, role: values.role, tenants: values.tenant, expiresIn: values.expires };
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : cause}\n${usage}`, { cause });
  }
}

if (import.meta.main) {
  try {
    process.stdout.write(`${await makeToken(process.argv.slice(2), readEnv())}\n`);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
