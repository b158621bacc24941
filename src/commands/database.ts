import type { Command } from 'commander';
import { readEnv } from '../config/config.ts';
import { embeddedUser, removeEmbedded } from '../db/embedded/embedded.ts';
import { readFacts } from '../db/identity/facts.ts';
import { renewEpochs } from '../db/identity/renewal.ts';
import { embeddedDirectory } from '../storage.ts';
import { commandLine } from './command-line.ts';
import { readDeployment } from './deployment/deployment.ts';
import { openFor } from './deployment/open.ts';

export function databaseCommand(): Command {
  return commandLine('database', 'Care for the database of the server')
    .addCommand(resetCommand())
    .addCommand(newEpochsCommand());
}

function resetCommand(): Command {
  return commandLine(
    'reset',
    'Remove the embedded database and all its data, unless a process uses it',
  ).action(async () => {
    const directory = embeddedDirectory();
    const user = await embeddedUser(directory);
    if (user) throw new Error(`The embedded database is in use by process ${user}: stop it first.`);
    await removeEmbedded(directory);
    process.stdout.write('The embedded database is removed; the next start makes a new one.\n');
  });
}

function newEpochsCommand(): Command {
  return commandLine(
    'new-epochs',
    'Give every channel of the database of DATABASE_URL a new epoch, so that no client takes an older position for a present one; for a database that was put back in a way that the server does not notice',
  ).action(async () => {
    const deployment = await readDeployment(readEnv());
    const { databaseUrl, databaseUrlDirect } = deployment.secrets;
    if (databaseUrl === undefined && databaseUrlDirect === undefined) {
      throw new Error('Set DATABASE_URL: the embedded database is made anew by `tambuli database reset`.');
    }
    await using opened = new AsyncDisposableStack();
    const database = await openFor(deployment, opened);
    const { wal: _, ...facts } = await readFacts(database.query);
    const channels = await renewEpochs(database.query, facts, true);
    process.stdout.write(`${channels} channels have a new epoch.\n`);
  });
}
