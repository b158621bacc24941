import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Writes migrations for whatever changed in the schema files: `bun run db:generate [name]`. */

const root = join(import.meta.dir, '../..');
const domains = readdirSync(join(root, 'src/domains')).filter((domain) =>
  existsSync(join(root, 'src/domains', domain, 'schema.ts')),
);
const schemas = [
  { schema: 'src/db/schema.ts', out: 'drizzle/realtime' },
  { schema: 'src/tracking/schema/*.ts', out: 'drizzle/tracking' },
  ...domains.map((domain) => ({ schema: `src/domains/${domain}/schema.ts`, out: `drizzle/${domain}` })),
];
for (const { schema, out } of schemas) {
  const name = process.argv[2] ?? (existsSync(join(root, out)) ? 'change' : 'initial');
  const flags = ['--dialect=postgresql', `--schema=${schema}`, `--out=${out}`, `--name=${name}`];
  // `--bun`: it runs where there is no Node.
  const command = [process.execPath, '--bun', 'node_modules/.bin/drizzle-kit', 'generate', ...flags];
  const { exitCode } = Bun.spawnSync(command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (exitCode !== 0) process.exit(exitCode);
}
