import { Command, type CommanderError, InvalidArgumentError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { ConfigError } from '../config/config.ts';
import { ConfigFileError } from '../config/file/faults.ts';

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
      if (error.code === 'commander.help') throw new UsageError(command.helpInformation());
      throw new UsageError(`${error.message.replace(/^error: /, '')}\n\n${command.helpInformation()}`);
    });
  return command;
}

/** With the option that names the configuration file, for `readEnv`. */
export function withConfig(command: Command): Command {
  return command.option(
    '--config <file>',
    'the configuration file; unset looks for tambuli.config.json, .ts or .js here',
    readFileName,
  );
}

/** A script whose variable is empty would else start with another file than the one that it means. */
function readFileName(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('The name of the file is empty; leave the option out to look for one here.');
}

/** The output of a command's help and errors. */
export interface Output {
  write(text: string): unknown;
}

/** Runs the command with these arguments. Returns the exit code of a failure, which it has told; 0 otherwise. */
export async function execute(
  command: Command,
  args: readonly string[],
  { out, errors }: { readonly out: Output; readonly errors: Output },
): Promise<number> {
  for (const each of withInner(command)) each.configureOutput({ writeOut: (text) => out.write(text) });
  try {
    await command.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, errors);
  }
}

/** Runs the command with the arguments of this process; a failure becomes a message on stderr and the exit code. */
export async function runCommandLine(command: Command): Promise<void> {
  const output = { out: process.stdout, errors: process.stderr };
  const code = await execute(command, process.argv.slice(2), output);
  if (code !== 0) process.exitCode = code;
}

const withInner = (command: Command): Command[] => [command, ...command.commands.flatMap(withInner)];

/** The options of this process, for a script; the process ends after `--help`, `--version` and a wrong command line. */
export function optionsOf<Options extends object>(command: Command): Options {
  try {
    return command.parse(process.argv.slice(2), { from: 'user' }).opts<Options>();
  } catch (error) {
    process.exit(report(error, process.stderr));
  }
}

/** The exit code of what was thrown, after its message was written. */
function report(error: unknown, errors: Output): number {
  if (error instanceof Answered) return 0;
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const reason = cause instanceof Error && !(error instanceof UsageError) ? ` (${cause.message})` : '';
  errors.write(`${message.trimEnd()}${reason}\n`);
  return codeOf(error);
}

function codeOf(error: unknown): number {
  const isOurs =
    error instanceof UsageError || error instanceof ConfigError || error instanceof ConfigFileError;
  return isOurs ? error.exitCode : 1;
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
