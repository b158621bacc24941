import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { type Application, createApplication } from '../support/processes/application.ts';

/** An application whose configuration is a module, with a domain of its own beside declared channels. */

let application: Application;
const write = (text: string) => Bun.write(join(application.folder, 'tambuli.config.ts'), text);

beforeAll(async () => {
  application = await createApplication();
  await application.writeEnv({ JWT_SECRET: 'k'.repeat(40) });
});

afterAll(() => application?.[Symbol.asyncDispose]());

test('faults of the file end a start with 78, and nothing was begun', async () => {
  await write(`export default { channels: { news: { read: 'anybody' } }, tabels: {} };`);
  const { code, errors } = await application.tambuli('start');
  expect(code).toBe(78);
  expect(errors).toContain('tambuli.config.ts  channels.news.read: found "anybody"; expected "anyone"');
  expect(errors).toContain('tambuli.config.ts  tabels: found the key "tabels"; expected one of');
  expect(
    await application.database.query('select nspname from pg_namespace where nspname = $1', ['drizzle']),
  ).toEqual([]);
});

test('a cluster serves the channels of the file and of the domain to readers in both processes', async () => {
  await write(`import { channel, defineConfig, defineDomain } from 'tambuli';

    const mine = defineDomain({ name: 'mine', channels: () => [channel('mine:{id}', { read: () => true })] });
    export default defineConfig({ domains: [mine], channels: { news: { read: 'anyone' } } });`);
  const { tambuli, startTambuli } = application;
  await startTambuli('cluster', '--processes', '2').next('cluster listens');
  const readers = [1, 2, 3].map(() => startTambuli('tail', 'news', 'mine:7', '--count', '2'));
  for (const reader of readers) await reader.next('Reading news, mine:7');
  expect(await tambuli('publish', 'news', '"one"')).toMatchObject({ code: 0 });
  expect(await tambuli('publish', 'mine:7', '"two"')).toMatchObject({ code: 0 });
  for (const reader of readers) {
    expect(JSON.parse(await reader.next('"news"'))).toMatchObject({ data: 'one', offset: 1 });
    expect(JSON.parse(await reader.next('"mine:7"'))).toMatchObject({ data: 'two', offset: 1 });
    expect(await reader.exited).toBe(0);
  }
});
