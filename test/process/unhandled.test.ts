import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { startServerProcess } from '../support/processes/process.ts';

const preload = join(import.meta.dir, '../support/processes/faulty.ts');

test('a rejection nobody handled is logged without secrets, and the server goes on', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using server = startServerProcess({ DATABASE_URL: database.url }, { preload });
  const url = await server.listening();
  server.kill('SIGUSR1');
  const entry = JSON.parse(await server.next('unhandled rejection'));
  expect(entry).toMatchObject({ level: 50, err: { message: 'unforeseen', token: '[secret]' } });
  expect((await fetch(`${url}/health`)).status).toBe(200);
  for (const hidden of ['a-token', 'a-parameter']) expect(server.output()).not.toContain(hidden);
});

test('an exception nobody caught is logged without secrets and ends the process with 1', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using server = startServerProcess({ DATABASE_URL: database.url }, { preload });
  await server.listening();
  server.kill('SIGUSR2');
  expect(JSON.parse(await server.next('uncaught exception'))).toMatchObject({ level: 60 });
  expect(await server.exited).toBe(1);
  for (const hidden of ['a-token', 'a-parameter']) expect(server.output()).not.toContain(hidden);
});
