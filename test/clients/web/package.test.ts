import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../../clients/web/build.ts';
import { sizes } from '../../../clients/web/sizes.ts';
import { needs } from '../../support/processes/components.ts';
import { outputOf } from '../../support/programs/run.ts';

const testNode = needs('node');
const root = join(import.meta.dir, '../../..');
let project: string;

/** An empty project in which the packed package is unpacked, as an installation does. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'tambuli-client-'));
  const source = join(project, 'source');
  const installed = join(project, 'node_modules/@tambuli/client');
  await mkdir(installed, { recursive: true });
  await build(join(source, 'dist'));
  for (const file of ['package.json', 'README.md']) {
    await Bun.write(join(source, file), Bun.file(join(root, 'clients/web', file)));
  }
  await Bun.write(join(project, 'package.json'), '{"type":"module"}');
  await run('sh', '-c', `cd source && "${process.execPath}" pm pack --quiet --destination ..`);
  await run('sh', '-c', `tar -xzf tambuli-client-*.tgz --strip-components=1 -C ${installed}`);
}, 120_000);
afterAll(() => rm(project, { recursive: true, force: true }));

const run = (...command: string[]) => outputOf(command, { cwd: project });

test('no entry is larger than its limit', async () => {
  for (const { entry, bytes, limit } of await sizes()) {
    expect(`${entry} has ${bytes} of ${limit}: ${bytes <= limit}`).toEndWith('true');
  }
});

testNode('Node imports every entry, and a client that is made on a server opens nothing', async () => {
  await Bun.write(
    join(project, 'server.js'),
    `import { createClient } from '@tambuli/client';
     import { createClient as lean } from '@tambuli/client/websocket';
     for (const create of [createClient, lean]) {
       const client = create('https://rt.example.ph', { getToken: () => { throw new Error('asked'); }, share: true });
       client.channel('hearings').subscribe(() => undefined);
       console.log(client.state.status, client.channel('hearings').state.status);
     }`,
  );
  // It ends by itself: nothing of a client that was not connected keeps a process up.
  expect(await run('node', 'server.js')).toBe('disconnected subscribing\ndisconnected subscribing\n');
});

testNode(
  'Node imports the hooks, the stores and the storage, and renders with React and Svelte',
  async () => {
    for (const peer of ['react', 'react-dom', 'scheduler', 'svelte', 'esm-env', 'clsx'])
      await symlink(join(root, 'node_modules', peer), join(project, 'node_modules', peer));
    await Bun.write(
      join(project, 'render.js'),
      `import { createClient } from '@tambuli/client';
     import { indexedDbStorage } from '@tambuli/client/indexeddb';
     import { TambuliProvider, useSnapshot } from '@tambuli/client/react';
     import '@tambuli/client/react/campus';
     import { useRealtime } from '@tambuli/client/react/venues';
     import { presence } from '@tambuli/client/svelte';
     import { connection } from '@tambuli/client/svelte/runes';
     import '@tambuli/client/svelte/inbox';
     import '@tambuli/client/svelte/parts';
     import '@tambuli/client/svelte/socket-store';
     import { createTestServer } from '@tambuli/client/testing';
     import { createElement } from 'react';
     import { renderToString } from 'react-dom/server';
     const server = createTestServer();
     const client = createClient('http://server.test', { ...server.options, storage: indexedDbStorage() });
     const Page = () => {
       const { isConnected } = useRealtime('ws://server.test/ws', 'user-123');
       return String(isConnected) + useSnapshot('cases', () => { throw new Error('fetched'); }, (cases) => cases).status;
     };
     console.log(renderToString(createElement(TambuliProvider, { client }, createElement(Page))));
     presence(client, 'lobby').subscribe(({ count }) => console.log(count))();
     console.log(connection(client).current.status, server.connections);`,
    );
    expect(await run('node', 'render.js')).toBe('falseunsubscribed\n0\ndisconnected 0\n');
    expect(
      await Bun.file(join(project, 'node_modules/@tambuli/client/dist/react/index.js')).text(),
    ).toStartWith("'use client';");
  },
);

test('an application compiles against the declarations, without the sources and without a library', async () => {
  await Bun.write(
    join(project, 'app.ts'),
    `import { createClient, TambuliError, Unauthorized, type Publication } from '@tambuli/client';
     const client = createClient('https://rt.example.ph', { getToken: () => Promise.reject(new Unauthorized()) });
     client.on('error', (error) => error instanceof TambuliError && error.code.trim());
     export const stop: () => void = client.channel('hearings').subscribe((each: Publication) => each.offset);
     import { indexedDbStorage } from '@tambuli/client/indexeddb';
     import { presence } from '@tambuli/client/svelte';
     import { createTestServer } from '@tambuli/client/testing';
     export const kept = createClient('https://rt.example.ph', { ...createTestServer().options, storage: indexedDbStorage() });
     presence(kept, 'lobby').subscribe(({ count }) => count.toFixed());`,
  );
  await Bun.write(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: 'ES2022',
        lib: ['ES2022', 'DOM', 'DOM.AsyncIterable'],
        module: 'ESNext',
        moduleResolution: 'bundler',
        types: [],
      },
      include: ['app.ts'],
    }),
  );
  await run(join(root, 'node_modules/.bin/tsc'), '-p', '.');
});

test('React Native gets an entry of its own by its condition, over WebSocket and polls', async () => {
  await Bun.write(
    join(project, 'node_modules/react-native/index.js'),
    `export const AppState = { addEventListener: (type, listener) => (globalThis.app = listener, { remove() {} }) };`,
  );
  await Bun.write(
    join(project, 'node_modules/react-native/package.json'),
    '{"main":"index.js","type":"module"}',
  );
  await Bun.write(join(project, 'phone.mjs'), Bun.file(join(import.meta.dir, 'support/phone.mjs')));
  const out = await run(process.execPath, '--conditions=react-native', 'phone.mjs');
  expect(out).toBe('disconnected null 1\nconnecting 2\n');
});
