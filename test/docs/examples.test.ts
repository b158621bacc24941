import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Socket } from 'socket.io-client';
import type { Database } from '../../src/db/connection/open.ts';
import { createInbox } from '../support/clients/inbox.ts';
import { startTcpRelay } from '../support/network/tcp-relay.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { complaintsOf } from '../support/programs/run.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { joinAs } from '../support/services/session.ts';
import { until } from '../support/until.ts';
import { type Examples, writeExamples } from './examples.ts';
import { pageAt, pages, root } from './pages.ts';
import { comparable } from './transcripts/transcript.ts';

const transactionPage = 'docs/publish/typescript.md';

let examples: Examples;
beforeAll(async () => {
  examples = await writeExamples(pages);
});
afterAll(() => examples?.[Symbol.asyncDispose]());

test('the TypeScript of all pages passes the type check', async () => {
  const config = join(examples.directory, 'tsconfig.json');
  const { files } = examples;
  await Bun.write(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), files, include: [] }));
  // Errors elsewhere are another check's.
  const errors = (await complaintsOf(config)).split('\n');
  expect(errors.filter((line) => /tambuli-docs-|tsconfig/.test(line))).toEqual([]);
});

test('the transaction publishes what is printed below it when it commits, and nothing when it fails', async () => {
  const file = examples.fileOf(transactionPage, 'src/domains/barangay/complete-hearing.ts');
  const { completeHearing } = (await import(file)) as {
    completeHearing(database: Database, id: number): Promise<void>;
  };
  await using service = await startTestService();
  await using client = await joinAs(service, { userId: 'user123', role: 'officer' }, ['hearings']);
  await expect(completeHearing(service.database, 999)).rejects.toThrow('no hearing 999');
  await completeHearing(service.database, 123);
  const received = JSON.stringify(await client.next('hearing_update'));
  const [, printed = ''] =
    /completeHearing\(database, 123\)[\s\S]*?```json\n(.*)\n```/.exec(pageAt(transactionPage).text) ?? [];
  expect(comparable(received)).toEqual(comparable(printed));
});

test('the client by hand has every publication once, in order, through cuts, failures, a new process and a lost log', async () => {
  const { follow } = (await import(examples.fileOf('docs/clients/by-hand.md', 'client.ts'))) as {
    follow: Follow;
  };
  await using database = await createTestDatabase({ domains: ['barangay'] });
  const env = { HEAD_CHECK_MS: '50' };
  await using first = await startTestService({ database, env });
  await using relay = await startTcpRelay(first.url);
  const inbox = createInbox<string>('client of the page');
  const next = () => inbox.next(() => true, 'call');
  const publish = (service: TestService, ...notes: number[]) =>
    service.database.query(
      `select ${notes.map((note) => `realtime_publish('hearings', 'hearing_update', 'note', '${note}')`)}`,
    );
  let failed = false;
  const stop = follow({
    url: `ws://127.0.0.1:${relay.port}/ws/realtime`,
    auth: () => ({ type: 'auth', userId: 'user123', role: 'officer' }),
    channel: 'hearings',
    snapshot: () => inbox.push('snapshot'),
    apply({ offset, data }) {
      if (offset === 3 && !failed) {
        failed = true;
        throw new Error('The disk is full.');
      }
      inbox.push(`${offset}: ${data}`);
    },
  });
  expect(await next()).toBe('snapshot');
  await publish(first, 1);
  relay.cut();
  await publish(first, 2);
  await publish(first, 3, 4);
  for (const note of [1, 2, 3, 4]) expect(await next()).toBe(`${note}: ${note}`);

  await first[Symbol.asyncDispose]();
  await using second = await startTestService({ database, env: { ...env, PORT: new URL(first.url).port } });
  await publish(second, 5);
  expect(await next()).toBe('5: 5');

  await second.database.query('truncate realtime_channels, realtime_publications');
  expect(await next()).toBe('snapshot');
  await publish(second, 6);
  expect(await next()).toBe('1: 6');
  stop();
  expect(inbox.all(() => true)).toHaveLength(8);
});

test('the Socket.IO client has every publication once, in order, through cuts', async () => {
  const { follow } = (await import(examples.fileOf('docs/clients/socket-io.md', 'socket-io.ts'))) as {
    follow: FollowBySocketIo;
  };
  await using service = await startTestService();
  await using relay = await startTcpRelay(service.url);
  const inbox = createInbox<string>('Socket.IO client of the page');
  const auth = { userId: 'user123', role: 'officer' };
  const socket = follow(`http://127.0.0.1:${relay.port}`, auth, ({ offset }, position) =>
    inbox.push(`${offset} ${position.split(':')[1]}`),
  );
  await until(async () => JSON.stringify((await service.get('/ws/status')).body).includes('hearings'));
  for (const offset of [1, 2, 3]) {
    await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
    expect(await inbox.next(() => true, 'publication')).toBe(`${offset} ${offset}`);
    await until(() => {
      relay.cut();
      return !socket.connected;
    });
  }
  socket.disconnect();
});

type FollowBySocketIo = (
  url: string,
  auth: object,
  apply: (publication: { readonly offset?: number }, position: string) => void,
) => Socket;

type Follow = (following: {
  readonly url: string;
  readonly auth: () => object;
  readonly channel: string;
  readonly snapshot: () => unknown;
  readonly apply: (publication: { readonly offset?: number; readonly data?: unknown }) => unknown;
}) => () => void;
