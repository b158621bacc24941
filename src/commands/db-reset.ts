import { join } from 'node:path';
import { embeddedUser, removeEmbedded } from '../db/embedded/embedded.ts';
import { commandLine, runCommandLine } from './command-line.ts';

const directory = join(import.meta.dir, '../../.data');

const command = commandLine(
  'bun run db:reset',
  'Remove the embedded database and all its data, unless a process uses it',
).action(async () => {
  const user = await embeddedUser(directory);
  if (user) throw new Error(`The embedded database is in use by process ${user}: stop it first.`);
  await removeEmbedded(directory);
  process.stdout.write('The embedded database is removed; the next start makes a new one.\n');
});

await runCommandLine(command);
