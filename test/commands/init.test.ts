import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonConfig, moduleConfig } from '../../src/commands/init/config-texts.ts';
import { checkConfigFile } from '../../src/config/file/check.ts';
import { loadConfigFile } from '../../src/config/file/load.ts';
import { parseJson } from '../../src/config/file/parse-json.ts';

const face = join(import.meta.dir, '../../src/tambuli.ts');

/** The lines that a reader takes out of their comments: those that are no sentence. */
const uncommented = (text: string) => text.replace(/^(\s*)\/\/ (?=\s*["'}\]]|\s*[a-z]+: )/gm, '$1');

test('the configuration file of init is sound, and so is what its comments show', () => {
  const asWritten = parseJson(jsonConfig);
  expect(asWritten.faults).toEqual([]);
  expect(checkConfigFile(asWritten.value)).toEqual([]);
  const shown = parseJson(uncommented(jsonConfig).replace('"anyone" }', '"anyone" },'));
  expect(shown.faults).toEqual([]);
  expect(checkConfigFile(shown.value)).toEqual([]);
  expect(Object(shown.value).tables['shop.orders'].channels).toEqual(['orders:{customer_id}']);
});

test('the module of init says the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-init-'));
  const text = uncommented(moduleConfig).replace("from 'tambuli'", `from '${face}'`);
  await Bun.write(join(folder, 'tambuli.config.ts'), text);
  const loaded = await loadConfigFile(folder);
  await rm(folder, { recursive: true });
  const { $schema: _, ...value } = Object(
    parseJson(uncommented(jsonConfig).replace('"anyone" }', '"anyone" },')).value,
  );
  expect(loaded?.value).toEqual(value);
});
