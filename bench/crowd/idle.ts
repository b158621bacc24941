import { join } from 'node:path';
import { readEnv } from '../../src/config/config.ts';

/** After so long without anybody a process is quiet. */
const quietMs = 45_000;
const watchedMs = 60_000;

/** Statements a second that a process sends which serves nobody. `databaseUrl`: migrated for the domain. */
export async function idleStatements(databaseUrl: string, domain: string): Promise<number> {
  const answers: ((statements: number) => void)[] = [];
  const root = join(import.meta.dir, '../..');
  await using server = Bun.spawn(
    ['bun', '--preload', join(root, 'bench/servers/count-statements.ts'), join(root, 'src/index.ts')],
    {
      cwd: root,
      env: {
        ...readEnv(),
        ...{ NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'warn', AUTH_MODE: 'insecure' },
        ...{ DATABASE_URL: databaseUrl, DOMAINS: domain },
      },
      stdio: ['ignore', 'ignore', 'inherit'],
      serialization: 'json',
      ipc: (statements) => answers.shift()?.(statements as number),
    },
  );
  const sent = () =>
    new Promise<number>((resolve) => {
      answers.push(resolve);
      server.send('statements');
    });
  await Bun.sleep(quietMs);
  const before = await sent();
  await Bun.sleep(watchedMs);
  return (((await sent()) - before) * 1_000) / watchedMs;
}
