import { commandLine, optionsOf } from '../src/commands/command-line.ts';
import { migrate } from '../src/db/migrate/migrate.ts';
import { createLogger } from '../src/logger.ts';
import { startPostgres } from '../test/support/postgres/postgres.ts';
import { writeReadme } from './readme.ts';
import { runTransports } from './transports/loads.ts';
import { renderTransports } from './transports/report.ts';

const options = optionsOf<{ readonly quick?: true; readonly write?: true }>(
  commandLine('bun run bench:transports', 'Measure every transport beside stock Socket.IO')
    .option('--quick', 'run two short rounds instead of nine')
    .option('--write', 'put the table into docs/inside/bench.md'),
);
await using server = await startPostgres();
await migrate({ url: server.url, domains: ['barangay'], log: createLogger('warn') });
const size = options.quick ? { rounds: 2, scale: 0.3 } : { rounds: 9, scale: 1 };
const results = await runTransports({ databaseUrl: server.url, ...size, progress });
const node = Bun.which('node') ? Bun.spawnSync(['node', '--version']).stdout.toString().trim() : undefined;
const report = renderTransports(results, node);
process.stdout.write(`${report}\n`);
if (options.write) await writeReadme('transports', report);

function progress(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
