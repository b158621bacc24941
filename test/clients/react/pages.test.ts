import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReactNode } from 'react';
import type { Client } from '../../../clients/web/src/types.ts';
import { linked } from '../../docs/examples.ts';
import { fencesOf, pageAt, root } from '../../docs/pages.ts';
import { importWithDom } from '../../support/browser/dom-bundle.ts';
import { complaintsOf } from '../../support/programs/run.ts';
import { until } from '../../support/until.ts';

const directory = join(root, `node_modules/.cache/tambuli-react-${process.pid}-${crypto.randomUUID()}`);
const blocks = fencesOf(pageAt('docs/clients/react.md')).filter(({ runBy }) =>
  runBy?.endsWith('react/pages.test.ts'),
);
const files: string[] = [];

beforeAll(async () => {
  await mkdir(directory, { recursive: true });
  for (const { code } of blocks) {
    const [, name = ''] = /^\/\/ (\S+)\n/.exec(code) ?? [];
    files.push(join(directory, name));
    await Bun.write(join(directory, name), linked(code));
  }
  await Bun.write(
    join(directory, 'show.ts'),
    `import { createElement } from 'react';
     import { createRoot } from 'react-dom/client';
     export { App } from './hearings.tsx';
     export { Desk } from './desk.tsx';
     export * from './scripted.ts';
     import { TambuliProvider } from '${join(root, 'clients/web/src/react/index.ts')}';
     export function show(component, props) {
       const target = document.createElement('div');
       const root = createRoot(target);
       root.render(createElement(component, props));
       return { text: () => target.textContent, end: () => root.unmount() };
     }
     export const within = (client, component, props) =>
       show(TambuliProvider, { client, children: createElement(component, props) });`,
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The complaints of the compiler about these files. */
async function complaints(of: readonly string[]): Promise<string> {
  const config = join(directory, 'tsconfig.json');
  const paths = { '@tambuli/client/react': [join(root, 'clients/web/src/react/index.ts')] };
  const compilerOptions = { jsx: 'react-jsx', paths };
  const settings = { extends: join(root, 'tsconfig.json'), compilerOptions, files: of, include: [] };
  await Bun.write(config, JSON.stringify(settings));
  return complaintsOf(config);
}

test('the examples of the page pass the type check', async () => {
  expect(await complaints(files)).toBe('');
  expect(files).toHaveLength(5);
});

test('with the server registered, a wrong channel or field does not compile', async () => {
  const file = join(directory, 'registered.ts');
  await Bun.write(
    file,
    `import { useChannel } from '@tambuli/client/react';
     import type { TypedChannels } from '${join(root, 'src/protocol/wire/channel-types.ts')}';
     type Orders = { 'orders:{id}': { publications: { placed: { total: number } }; ephemeral: Record<never, never> } };
     declare module '@tambuli/client/react' { interface Register { app: TypedChannels<Orders> } }
     export function usePlaced() {
       useChannel('orders:1', ({ data }): number => data.total);
       // @ts-expect-error There is no such channel.
       useChannel('hearings', () => undefined);
       // @ts-expect-error There is no such field.
       useChannel('orders:1', ({ data }) => data.sum);
     }`,
  );
  expect(await complaints([file])).toBe('');
});

interface Shown {
  text(): string;
  end(): void;
}

test('the examples of the page show the state, what is missed, who is there and what is unread', async () => {
  const page = await importWithDom<{
    show(component: unknown, props: object): Shown;
    within(client: Client, component: unknown, props: object): Shown;
    lose(): void;
    readonly App: (props: object) => ReactNode;
    readonly Desk: (props: object) => ReactNode;
    readonly client: Client;
    readonly server: import('../../../clients/web/src/testing/index.ts').TestServer;
  }>(join(directory, 'show.ts'));
  const { server, client } = page;
  const getState = async () => ({
    data: [{ id: 7, status: 'filed' }],
    position: server.position('hearings'),
  });
  const hearings = page.show(page.App, { client, getState });
  await until(() => hearings.text() === 'filed');
  page.lose();
  await until(() => hearings.text() === 'missed meanwhilescheduledfiled');
  const getPage = async () => ({ data: [{ id: 'n1', title: 'Closed early', readAt: null }], unread: 3 });
  const desk = page.within(client, page.Desk, { getPage });
  await until(() => desk.text() === '0 here, 3 unread: Closed early');
  server.presence('clinic_lobby', [{ userId: 'ana', role: 'asha', since: '2026-01-01T00:00:00Z' }]);
  server.publish('venue_notifications', { type: 'notificationRead', data: { id: 'n1' } });
  await until(() => desk.text() === '1 here, 2 unread: Closed early');
  hearings.end();
  desk.end();
  client.close();
});
