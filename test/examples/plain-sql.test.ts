import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { fencesOf, pageAt, root } from '../docs/pages.ts';
import { Player } from '../docs/transcripts/player.ts';
import { comparable, readTranscript } from '../docs/transcripts/transcript.ts';
import { type Application, createApplication } from '../support/processes/application.ts';
import type { ServerProcess } from '../support/processes/process.ts';

/** Carries out examples/plain-sql/README.md in a copy of the folder. */

const fences = fencesOf(pageAt('examples/plain-sql/README.md'));
const [setUp, reading] = fences.filter(({ language }) => language === 'sh');
const [transcript] = fences.filter(({ language }) => language === 'console');

let application: Application;
let reader: ServerProcess;

beforeAll(async () => {
  application = await createApplication({ from: join(root, 'examples/plain-sql') });
  const { folder, sql, tambuli, startTambuli, writeEnv } = application;
  await writeEnv({});
  const lines = setUp?.code.split('\n') ?? [];
  expect(lines).toEqual(['psql "$DATABASE_URL" -f schema.sql', 'bunx tambuli migrate', 'bunx tambuli start']);
  await sql(await Bun.file(join(folder, 'schema.sql')).text());
  expect(await tambuli('migrate')).toMatchObject({ code: 0 });
  await startTambuli('start').next('Tambuli listens at');
  const [, , ...words] = reading?.code.split(' ') ?? [];
  reader = startTambuli(...words, '--count', '1');
  await reader.next('Reading prices:gold');
});

afterAll(() => application?.[Symbol.asyncDispose]());

test('every command of the page is answered as printed, and the reader is told once', async () => {
  const expand = (text: string) =>
    text
      .replace('$DATABASE_URL', application.databaseUrl)
      .replace('localhost:3000', `127.0.0.1:${application.port}`);
  await using player = new Player(expand, application.databaseUrl);
  expect(transcript).toBeDefined();
  for (const step of transcript ? readTranscript(transcript) : []) {
    const answer = await player.play(step);
    expect(comparable(answer ?? '')).toEqual(comparable(step.documented));
  }
  expect(JSON.parse(await reader.next('"price"'))).toMatchObject({ offset: 1, data: { price: 2405.5 } });
  expect(await reader.exited).toBe(0);
});
