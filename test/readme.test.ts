import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TObject } from '@sinclair/typebox';
import type { Socket } from 'socket.io-client';
import packageJson from '../package.json';
import { variableNames } from '../src/config/variables.ts';
import type { Database } from '../src/db/connection/open.ts';
import { clientFrames, maxSyncLimit } from '../src/protocol/frames/client-frames.ts';
import { serverFrames } from '../src/protocol/frames/server-frames.ts';
import { maxMissed } from '../src/realtime/subscriptions/recovery.ts';
import { createInbox } from './support/clients/inbox.ts';
import {
  type Examples,
  type ReadmeServices,
  startReadmeServices,
  writeExamples,
} from './support/documents/readme-services.ts';
import { type ReadmeTable, readmeTables, sectionOf } from './support/documents/readme-tables.ts';
import { comparable, readTranscripts } from './support/documents/transcript.ts';
import { startTcpRelay } from './support/network/tcp-relay.ts';
import { createTestDatabase } from './support/postgres/postgres.ts';
import { startTestService, type TestService } from './support/services/service.ts';
import { joinAs } from './support/services/session.ts';
import { until } from './support/until.ts';

const root = join(import.meta.dir, '..');
const readme = await Bun.file(join(root, 'README.md')).text();
const documents = [readme, await Bun.file(join(root, 'CONTRIBUTING.md')).text()].join('\n');
const shellBlocks = [...documents.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block).join('');

describe('the README’s tables', () => {
  for (const name of Object.keys(readmeTables) as ReadmeTable[]) {
    // After a change of the code: bun run readme
    test(`${name} are what the code says`, () => {
      expect(sectionOf(readme, name)).toBe(readmeTables[name]());
    });
  }

  test('every environment variable is documented', () => {
    const table = sectionOf(readme, 'config');
    expect(variableNames.filter((name) => !table.includes(`| \`${name}\` |`))).toEqual([]);
  });

  test('every frame has its row, with exactly its fields', () => {
    for (const [frames, head] of [
      [clientFrames, '| client sends |'],
      [serverFrames, '| server sends |'],
    ] as const) {
      const documented = Object.keys(frames).map((type) => [type, documentedFields(type, head)]);
      const real = Object.entries(frames).map(([type, schema]) => [type, fieldsOf(schema)]);
      expect(documented).toEqual(real);
    }
  });

  test('the fixed limits are the code’s', () => {
    expect(readme).toContain(`at most ${maxSyncLimit}`);
    expect(readme).toContain(`${maxMissed.toLocaleString('en')} publications`);
  });
});

describe('the README’s examples', () => {
  let services: ReadmeServices;
  beforeAll(async () => {
    services = await startReadmeServices(readme);
  });
  afterAll(() => services?.[Symbol.asyncDispose]());

  test('every command and frame is answered as printed', async () => {
    const epochs = new Map<string, string>();
    const transcripts = readTranscripts(readme);
    expect(transcripts.length).toBeGreaterThan(8);
    for (const transcript of transcripts) {
      const player = services.playerOf(transcript);
      for (const step of transcript.steps) {
        const text = step.text.replace(/[0-9a-f]{8}(?=:\d)/g, (epoch) => epochs.get(epoch) ?? epoch);
        const answer = await player.play({ ...step, text });
        if (answer === undefined) continue;
        pairEpochs(step.documented, answer, epochs);
        expect({ line: step.line + 1, answer: comparable(answer) }).toEqual({
          line: step.line + 1,
          answer: comparable(step.documented),
        });
      }
    }
  });
});

describe('the README’s TypeScript', () => {
  let examples: Examples;
  beforeAll(async () => {
    examples = await writeExamples(readme);
  });
  afterAll(() => examples?.[Symbol.asyncDispose]());

  test('passes the type check', async () => {
    const files = Object.values(examplePaths).map(examples.fileOf);
    const config = join(examples.directory, 'tsconfig.json');
    await Bun.write(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), files, include: [] }));
    const tsc = join(root, 'node_modules/.bin/tsc');
    const { stdout, stderr } = Bun.spawnSync([process.execPath, '--bun', tsc, '-p', config]);
    // Errors elsewhere are another check's.
    const errors = stdout.toString().split('\n');
    expect(errors.filter((line) => /tambuli-readme-|tsconfig/.test(line))).toEqual([]);
    expect(stderr.toString()).toBe('');
  });

  test('of a transaction publishes what is printed below it when it commits, and nothing when it fails', async () => {
    const { completeHearing } = (await import(examples.fileOf(examplePaths.transaction))) as {
      completeHearing(database: Database, id: number): Promise<void>;
    };
    await using service = await startTestService();
    await using client = await joinAs(service, { userId: 'user123', role: 'officer' }, ['hearings']);
    await expect(completeHearing(service.database, 999)).rejects.toThrow('no hearing 999');
    await completeHearing(service.database, 123);
    const received = JSON.stringify(await client.next('hearing_update'));
    const [, printed = ''] = /completeHearing\(database, 123\)[\s\S]*?```json\n(.*)\n```/.exec(readme) ?? [];
    const withoutOffset = (json: string) => ({ ...Object(comparable(json)), offset: 0 });
    expect(withoutOffset(received)).toEqual(withoutOffset(printed));
    expect(received).toContain('"offset":1,');
  });

  test('of a client has every publication once, in order, through cuts, failures, a new process and a lost log', async () => {
    const { follow } = (await import(examples.fileOf(examplePaths.client))) as { follow: Follow };
    await using database = await createTestDatabase({ domains: ['barangay'] });
    const env = { HEAD_CHECK_MS: '50' };
    await using first = await startTestService({ database, env });
    await using relay = await startTcpRelay(first.url);
    const inbox = createInbox<string>('client of the README');
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

  test('of a Socket.IO client has every publication once, in order, through cuts', async () => {
    const { follow } = (await import(examples.fileOf(examplePaths.socketIo))) as { follow: FollowBySocketIo };
    await using service = await startTestService();
    await using relay = await startTcpRelay(service.url);
    const inbox = createInbox<string>('Socket.IO client of the README');
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
});

const examplePaths = {
  socketIo: 'socket-io.ts',
  domain: 'src/domains/queue/index.ts',
  transaction: 'src/domains/barangay/complete-hearing.ts',
  client: 'client.ts',
};

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

describe('what the documents name', () => {
  test('every script of a shell line exists', () => {
    const scripts = [...shellBlocks.matchAll(/bun(?:@[\d.]+)? run (?:--silent )?([\w:]+)/g)];
    expect(scripts.length).toBeGreaterThan(4);
    const missing = scripts.map(([, name = '']) => name).filter((name) => !(name in packageJson.scripts));
    expect(missing).toEqual([]);
  });

  test('every path and local link exists', () => {
    const named = documents.matchAll(/`((?:src|test|bench|drizzle|\.github|\.ci)(?:\/[\w.-]+)*)`/g);
    const linked = documents.matchAll(/\]\((?!http)([^)#]+)\)/g);
    const paths = [...named, ...linked].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('every link inside the README leads to a heading', () => {
    const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    const linked = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(linked.length).toBeGreaterThan(10);
    expect(linked.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  });

  test('the pinned Bun is the package’s everywhere', () => {
    const [, version = ''] = packageJson.packageManager.split('@');
    const named = [...documents.matchAll(/bun@([\d.]+\d)|Bun (\d+\.\d+\.\d+)/g)];
    expect(new Set(named.map(([, at, after]) => at ?? after))).toEqual(new Set([version]));
  });
});

/** The fields in the row of a frame, in the order of their names, optional ones with their `?`. */
function documentedFields(type: string, head: string): string[] | undefined {
  const start = readme.indexOf(head);
  const table = readme.slice(start, readme.indexOf('\n\n', start));
  const row = table.split('\n').find((line) => line.startsWith(`| \`${type}\` |`));
  if (row === undefined) return undefined;
  return [...(row.split('|')[2]?.match(/(?<=`)\w+\??(?=`)/g) ?? [])].sort();
}

function fieldsOf({ properties, required = [] }: TObject): string[] {
  const names = Object.keys(properties).filter((name) => name !== 'type' && name !== 'id');
  return names.map((name) => (required.includes(name) ? name : `${name}?`)).sort();
}

/** Remembers which epoch of this run stands for which epoch of the document. */
function pairEpochs(documented: string, answer: string, epochs: Map<string, string>): void {
  const [printed, real] = [documented, answer].map((text) => /"position":"([0-9a-f]{8}):/.exec(text)?.[1]);
  if (printed && real) epochs.set(printed, real);
}
