import { openEmbedded } from '../../../src/db/embedded/embedded.ts';
import { createLogger } from '../../../src/logger.ts';

/** A process that uses the embedded database in the directory it is given until its standard input ends. */
await using embedded = await openEmbedded({ directory: process.argv[2] ?? '', log: createLogger('silent') });
process.stdout.write(`${embedded.url}\n`);
for await (const _ of process.stdin);
