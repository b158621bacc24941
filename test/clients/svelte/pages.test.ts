import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '../../../clients/web/src/index.ts';
import { createTestServer } from '../../../clients/web/src/testing/index.ts';
import { linked } from '../../docs/examples.ts';
import { fencesOf, pageAt, root } from '../../docs/pages.ts';
import { importWithDom } from '../../support/browser/dom-bundle.ts';
import { until } from '../../support/until.ts';
import { svelte4, svelte5 } from './compiling.ts';

const directory = join(root, `node_modules/.cache/tambuli-svelte-${process.pid}-${crypto.randomUUID()}`);
const [stores, runes] = fencesOf(pageAt('docs/clients/svelte.md')).filter(
  ({ language }) => language === 'svelte',
);

beforeAll(async () => {
  await mkdir(directory, { recursive: true });
  await Bun.write(join(directory, 'stores.svelte'), linked(stores?.code ?? ''));
  await Bun.write(join(directory, 'runes.svelte'), linked(runes?.code ?? ''));
  const mounting = `import { mount, unmount } from 'svelte';
    export const makeTarget = () => document.createElement('div');
    export function show(target, props) {
      const page = mount(Page, { target, props });
      return () => unmount(page);
    }`;
  await Bun.write(join(directory, 'stores-5.ts'), `import Page from './stores.svelte'; ${mounting}`);
  await Bun.write(join(directory, 'runes-5.ts'), `import Page from './runes.svelte'; ${mounting}`);
  await Bun.write(
    join(directory, 'stores-4.ts'),
    `import Page from './stores.svelte';
     export const makeTarget = () => document.createElement('div');
     export function show(target, props) {
       const page = new Page({ target, props });
       return () => page.$destroy();
     }`,
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const builds = { 'stores-4': svelte4, 'stores-5': svelte5, 'runes-5': svelte5 };

for (const [name, { aliases, plugin }] of Object.entries(builds)) {
  test(`the example of the page shows the cases and what happens to them: ${name}`, async () => {
    const page = await importWithDom<typeof import('./svelte-4.ts')>(join(directory, `${name}.ts`), aliases, [
      plugin,
    ]);
    const server = createTestServer();
    const tambuli = createClient('http://server.test', server.options);
    const target = page.makeTarget();
    const getState = async () => ({ data: [{ status: 'NEW' }], position: server.position('clinic_cases') });
    const leave = page.show(target, { tambuli, getState });
    // Svelte 4 finds its server build here, whose onMount does nothing.
    tambuli.connect();
    await until(
      () => target.textContent?.replace(/\s+/g, ' ').trim() === 'connected, subscribed, 0 here NEW',
    );
    server.publish('clinic_cases', { type: 'newCase', data: { status: 'FORWARDED' } });
    await until(() => target.textContent?.includes('FORWARDEDNEW') === true);
    expect(server.connections).toBe(1);
    leave();
    tambuli.close();
  });
}
