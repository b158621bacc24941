import { join } from 'node:path';
import { commandLine, optionsOf } from '../../src/commands/command-line.ts';
import { renderConfigSchema } from '../../src/config/file/schema.ts';
import { renderEnvExample } from '../../src/config/variable-tables.ts';
import { stopAllServers } from '../support/postgres/postgres.ts';
import { type Page, pages, root } from './pages.ts';
import { withTables } from './tables.ts';
import { isAsPrinted, playPage } from './transcripts/play.ts';

/** `bun run readme`: writes the generated parts of the documents. */

const { play } = optionsOf<{ play?: true }>(
  commandLine(
    'bun run readme',
    'Write the tables of the documents, .env.example and the schema of the configuration file from the code',
  ).option('--play', 'also play the transcripts, and print the answers again in the pages where one differs'),
);
await Bun.write(join(root, '.env.example'), renderEnvExample());
await Bun.write(join(root, 'tambuli.config.schema.json'), renderConfigSchema());
for (const page of pages) {
  const text = play ? await withAnswers({ ...page, text: withTables(page) }) : withTables(page);
  if (text !== page.text) await Bun.write(join(root, page.path), text);
}
await stopAllServers();

/** All replies on a page are of one run, so that its ids and times agree. */
async function withAnswers(page: Page): Promise<string> {
  const played = await playPage(page);
  if (played.every(isAsPrinted)) return page.text;
  const lines = page.text.split('\n');
  // From the last to the first, so that the lines of those that follow stay where they are.
  for (const { line, documented, answer } of played.toReversed()) {
    const prefix = lines[line]?.startsWith('< ') ? '< ' : '';
    const printed = documented === '' ? 0 : documented.split('\n').length;
    lines.splice(line, printed, ...(answer === '' ? [] : `${prefix}${answer}`.split('\n')));
  }
  return lines.join('\n');
}
