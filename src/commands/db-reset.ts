import { join } from 'node:path';
import { embeddedUser, removeEmbedded } from '../db/embedded.ts';

/** Removes the embedded database: `bun run db:reset`. Refuses while a process uses it. */
const directory = join(import.meta.dir, '../../.data');
const user = await embeddedUser(directory);
if (user) {
  process.stderr.write(`The embedded database is in use by process ${user}: stop it first.\n`);
  process.exitCode = 1;
} else {
  await removeEmbedded(directory);
  process.stdout.write('The embedded database is removed; the next start makes a new one.\n');
}
