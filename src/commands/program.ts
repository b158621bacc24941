import type { Command } from 'commander';
import { startCommand } from '../index.ts';
import { clusterCommand } from './cluster.ts';
import { commandLine } from './command-line.ts';
import { databaseCommand } from './database.ts';
import { doctorCommand } from './doctor.ts';
import { initCommand } from './init.ts';
import { migrateCommand } from './migrate.ts';
import { forgetCommand } from './operator/forget.ts';
import { whyCommand } from './operator/why.ts';
import { publishCommand } from './publish.ts';
import { tailCommand } from './tail.ts';
import { tokenCommand } from './token.ts';
import { triggersCommand } from './triggers.ts';

/** The `tambuli` program, in the order in which a new application needs its commands. */
export function program(): Command {
  const command = commandLine('tambuli', 'Realtime for applications whose truth lives in Postgres');
  for (const each of [
    initCommand(),
    migrateCommand(),
    triggersCommand(),
    startCommand(),
    tokenCommand(),
    tailCommand(),
    publishCommand(),
    whyCommand(),
    forgetCommand(),
    doctorCommand(),
    clusterCommand(),
    databaseCommand(),
  ]) {
    command.addCommand(each);
  }
  return command;
}
