import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, runCommandLine } from '../command-line.ts';

const root = join(import.meta.dir, '../../..');

/** Writes migrations for what changed in the schema files. */
const generate = commandLine('bun run db:generate', 'Write migrations for what changed in the schema files')
  .argument('[name]', 'name of the migrations, such as add_priority')
  .action((name: string | undefined) => {
    const domains = readdirSync(join(root, 'src/domains')).filter((domain) =>
      existsSync(join(root, 'src/domains', domain, 'schema.ts')),
    );
    const schemas = [
      { schema: 'src/db/**/schema.ts', out: 'drizzle/realtime' },
      { schema: 'src/tracking/schema/*.ts', out: 'drizzle/tracking' },
      ...domains.map((domain) => ({ schema: `src/domains/${domain}/schema.ts`, out: `drizzle/${domain}` })),
    ];
    for (const { schema, out } of schemas) {
      const title = name ?? (existsSync(join(root, out)) ? 'change' : 'initial');
      const flags = ['--dialect=postgresql', `--schema=${schema}`, `--out=${out}`, `--name=${title}`];
      // `--bun`: it runs where there is no Node.
      const command = [process.execPath, '--bun', 'node_modules/.bin/drizzle-kit', 'generate', ...flags];
      const { exitCode } = Bun.spawnSync(command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
      if (exitCode !== 0) throw new Error(`drizzle-kit ended with ${exitCode} for ${schema}.`);
    }
  });

await runCommandLine(generate);
