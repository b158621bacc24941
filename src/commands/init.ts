import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { renderEnvExample } from '../config/variable-tables.ts';
import { commandLine } from './command-line.ts';
import { jsonConfig, moduleConfig } from './init/config-texts.ts';
import { page } from './init/page.ts';

interface Given {
  readonly format: 'json' | 'ts';
}

export function initCommand(): Command {
  return commandLine(
    'init',
    'Write a configuration file, .env.example and a page to look at, here; existing files stay',
  )
    .addOption(
      new Option('--format <name>', 'of the configuration file').choices(['json', 'ts']).default('json'),
    )
    .action(async ({ format }: Given) => {
      const config = format === 'json' ? jsonConfig : moduleConfig;
      const files = [
        { name: `tambuli.config.${format}`, text: config },
        { name: '.env.example', text: renderEnvExample() },
        { name: 'tambuli.html', text: page },
      ];
      for (const { name, text } of files) {
        const isNew = await writeNew(join(process.cwd(), name), text);
        process.stdout.write(`${isNew ? 'wrote' : 'kept '} ${name}\n`);
      }
      process.stdout.write(nextSteps);
    });
}

const nextSteps = `
Next:
  1. name your tables and channels in the configuration file
  2. set DATABASE_URL and JWT_SECRET in .env
  3. tambuli migrate, tambuli triggers install, tambuli start
  4. open tambuli.html; tambuli doctor looks at whatever does not work
`;

/** False for a file that is there already, which stays as it is. */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}
