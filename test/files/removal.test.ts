import { afterAll, beforeAll, expect, test } from 'bun:test';
import { forgetPerson } from '../../src/db/personal/forget-person.ts';
import type { FileStore } from '../../src/extension/files/store.ts';
import { type FileBoard, onBoard, startFileBoard } from '../support/files/file-board.ts';
import { askFiles, downloadFile, uploadFile } from '../support/files/file-client.ts';

let board: FileBoard;
beforeAll(async () => {
  board = await startFileBoard();
});
afterAll(() => board[Symbol.asyncDispose]());

test('a file is removed by its owner, and then nobody gets it', async () => {
  const [who, other] = [board.writer(), board.writer()];
  const fileId = await uploadFile(who, onBoard);
  await board.publish(who, [fileId]);
  const { link } = (await askFiles(other, 'GET', `/${fileId}`)).body;
  expect((await askFiles(other, 'DELETE', `/${fileId}`)).body).toMatchObject({ removed: false });
  expect((await askFiles(who, 'DELETE', `/${fileId}`)).body).toMatchObject({ removed: true });
  expect((await askFiles(who, 'DELETE', `/${fileId}`)).body).toMatchObject({ removed: false });
  expect(await askFiles(other, 'GET', `/${fileId}`)).toMatchObject({ status: 404 });
  await board.sweep();
  expect((await fetch(new URL(link?.url ?? '', board.service.url))).status).toBe(404);
});

test('an upload that nothing refers to is removed when its time is over, and what is attached stays', async () => {
  const who = board.writer();
  const [unused, attached] = [await uploadFile(who, onBoard), await uploadFile(who, onBoard)];
  await board.publish(who, [attached]);
  for (const each of [unused, attached]) await board.due(each);
  await board.sweep();
  expect(await board.rows(unused)).toEqual([]);
  expect(await board.store.look(unused)).toBeUndefined();
  expect((await downloadFile(who, attached))?.status).toBe(200);
  expect(await board.publish(who, [unused])).toMatchObject({ status: 404 });
});

test('the files of a publication go when it has left the log', async () => {
  const who = board.writer();
  const fileId = await uploadFile(who, onBoard);
  const { body } = await board.publish(who, [fileId]);
  const [, offset] = String((body as { position?: string }).position).split(':');
  await board.service.database.query(
    `delete from realtime_publications where channel = 'board:a' and "offset" = $1`,
    [offset],
  );
  await board.due(fileId);
  await board.sweep();
  expect(await board.rows(fileId)).toEqual([]);
  expect(await board.store.look(fileId)).toBeUndefined();
});

test('a sweep that dies before it is done is done by another', async () => {
  const who = board.writer();
  const fileId = await uploadFile(who, onBoard);
  await askFiles(who, 'DELETE', `/${fileId}`);
  const dying: FileStore = Object.assign(Object.create(board.store) as FileStore, {
    remove: async () => {
      throw new Error('The process died.');
    },
  });
  await board.sweep(dying).catch(() => undefined);
  await board.due(fileId, `- interval '1 second'`);
  await board.sweep();
  expect(await board.rows(fileId)).toEqual([]);
  expect(await board.store.look(fileId)).toBeUndefined();
});

test('the files of a person who is forgotten go with their bytes', async () => {
  const [who, other] = [board.writer(), board.reader()];
  const fileId = await uploadFile(who, onBoard);
  await board.publish(who, [fileId]);
  const userId = who.headers['x-user-id'] ?? '';
  const { database } = board.service;
  await forgetPerson(database, { userId, data: [], personalNamespaces: [], timeZone: 'UTC' });
  expect(await askFiles(other, 'GET', `/${fileId}`)).toMatchObject({ status: 404 });
  await board.sweep();
  expect(await board.rows(fileId)).toEqual([]);
  expect(await board.store.look(fileId)).toBeUndefined();
});

test('the files of a publication that has left the log get no links, before the sweep too', async () => {
  const [who, other] = [board.writer(), board.reader()];
  const fileId = await uploadFile(who, onBoard);
  const { body } = await board.publish(who, [fileId]);
  const [, offset] = String((body as { position?: string }).position).split(':');
  expect(await askFiles(other, 'GET', `/${fileId}`)).toMatchObject({ status: 200 });
  await board.service.database.query(
    `delete from realtime_publications where channel = 'board:a' and "offset" = $1`,
    [offset],
  );
  for (const each of [who, other]) {
    expect(await askFiles(each, 'GET', `/${fileId}`)).toMatchObject({ status: 404 });
  }
});

test('a file of a publication is looked for more seldom the older it is', async () => {
  const who = board.writer();
  const fileId = await uploadFile(who, onBoard);
  await board.publish(who, [fileId]);
  const { query } = board.service.database;
  for (const [ageHours, hours] of [
    [0, 1],
    [400, 100],
  ]) {
    await query(`update realtime_files set created_at = now() - make_interval(hours => $2) where id = $1`, [
      fileId,
      ageHours,
    ]);
    await board.due(fileId);
    await board.sweep();
    const [found] = await query<{ hours: number }>(
      `select round(extract(epoch from due_at - now()) / 3600)::integer as hours from realtime_files where id = $1`,
      [fileId],
    );
    expect(found).toEqual({ hours: hours ?? 0 });
  }
});

test('one sweep sees to all that is due', async () => {
  const { query } = board.service.database;
  await query(
    `insert into realtime_files (id, channel, owner_id, name, mime_type, size, upload_until, due_at)
     select gen_random_uuid(), 'board:a', 'many', 'a', 'text/plain', 1, now(), now() from generate_series(1, 450)`,
  );
  await board.sweep();
  expect(await query(`select from realtime_files where owner_id = 'many'`)).toEqual([]);
});
