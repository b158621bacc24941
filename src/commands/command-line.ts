import { Command, type CommanderError, InvalidArgumentError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { ConfigError } from '../config/config.ts';

/** A command line that the command does not understand; nothing was done. The exit code is EX_USAGE of sysexits.h. */
export class UsageError extends Error {
  readonly exitCode = 64;
}

/** `--help` or `--version` was printed; nothing else is to be done. */
class Answered extends Error {}

/**
 * A command with `--help` and `--version` that accepts declared options and arguments only: it throws UsageError, with
 * the usage, before its action runs.
 */
export function commandLine(name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .version(manifest.version)
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => undefined })
    .exitOverride((error: CommanderError) => {
      if (error.exitCode === 0) throw new Answered();
      throw new UsageError(`${error.message.replace(/^error: /, '')}\n\n${command.helpInformation()}`);
    });
  return command;
}

/** Runs the command with the arguments of this process; a failure becomes a message on stderr and the exit code. */
export async function runCommandLine(command: Command): Promise<void> {
  try {
    await command.parseAsync(process.argv.slice(2), { from: 'user' });
  } catch (error) {
    report(error);
  }
}

/** The options of this process, for a script; the process ends after `--help`, `--version` and a wrong command line. */
export function optionsOf<Options extends object>(command: Command): Options {
  try {
    return command.parse(process.argv.slice(2), { from: 'user' }).opts<Options>();
  } catch (error) {
    report(error);
    process.exit();
  }
}

function report(error: unknown): void {
  if (error instanceof Answered) return;
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const reason = cause instanceof Error && !(error instanceof UsageError) ? ` (${cause.message})` : '';
  process.stderr.write(`${message.trimEnd()}${reason}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? error.exitCode : 1;
}

/** A parser for options and arguments that take a number. The value `Infinity` stands for no upper bound. */
export function numberBetween(least: number, most: number, { whole = true } = {}) {
  return (text: string): number => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most && (!whole || Number.isSafeInteger(value))) return value;
    const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`"${text}" is not a ${whole ? 'whole ' : ''}number ${range}.`);
  };
}
