import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  askFiles,
  askUpload,
  type Caller,
  downloadFile,
  uploadFile,
} from '../../../support/files/file-client.ts';
import { createFileDirectory } from '../../../support/files/file-directory.ts';
import { esther, jane, joseph, mary, type Person, type School, samuel, startSchool } from '../support.ts';

const opened = new AsyncDisposableStack();
let school: School;
beforeAll(async () => {
  const { directory } = opened.use(await createFileDirectory());
  school = opened.use(await startSchool({ FILES_DIRECTORY: directory }));
});
afterAll(() => opened.disposeAsync());

interface Answer {
  readonly status: number;
  readonly body: { readonly data: Record<string, unknown> };
}

const call = async (who: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
  (await school.call(who, method, `/channels${path}`, body)) as Answer;
const send = (who: Person, id: string, body: object) =>
  call(who, 'POST', `/${id}/messages`, { body: '', ...body });
const isThere = async (who: Person, fileId: string) => (await downloadFile(as(who), fileId))?.status === 200;

const as = (who: Person): Caller => ({
  url: school.url,
  headers: {
    'x-user-id': who.userId,
    'x-role': who.role,
    ...(who.tenants && { 'x-tenants': who.tenants.join() }),
  },
});

async function open(...others: readonly Person[]): Promise<string> {
  const { body } = await call(esther, 'POST', '', { name: 'Grade 7', visibility: 'open' });
  const id = String(body.data['channelId']);
  for (const who of others) await call(who, 'POST', `/${id}/join`);
  return id;
}

test('a picture of a member reaches the members, and nobody else of this school or of another', async () => {
  const id = await open(joseph);
  const onGroup = { channel: `school_channel:${id}`, mimeType: 'image/png', name: 'trip.png' } as const;
  const fileId = await uploadFile(as(esther), onGroup);
  expect(await isThere(joseph, fileId)).toBe(false);
  const { status, body } = await send(esther, id, { attachments: [{ fileId }] });
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ attachments: [{ fileId, name: 'trip.png', mimeType: 'image/png' }] });
  expect(await isThere(joseph, fileId)).toBe(true);
  for (const who of [mary, jane, samuel]) {
    expect(await isThere(who, fileId)).toBe(false);
    expect(await askUpload(as(who), onGroup)).toMatchObject({ status: 403 });
  }
});

test('a member who leaves gets the files of the channel no longer', async () => {
  const id = await open(joseph);
  const fileId = await uploadFile(as(esther), { channel: `school_channel:${id}` });
  await send(esther, id, { attachments: [{ fileId }] });
  expect(await isThere(joseph, fileId)).toBe(true);
  await call(joseph, 'POST', `/${id}/leave`);
  expect(await isThere(joseph, fileId)).toBe(false);
});

test('somebody who is no member any more attaches nothing, and keeps the upload unattached', async () => {
  const id = await open(joseph);
  const fileId = await uploadFile(as(joseph), { channel: `school_channel:${id}` });
  await call(joseph, 'POST', `/${id}/leave`);
  expect((await send(joseph, id, { attachments: [{ fileId }] })).status).toBeGreaterThanOrEqual(403);
  await call(joseph, 'POST', `/${id}/join`);
  expect((await askFiles(as(joseph), 'GET', `/${fileId}`)).body.data.state).toBe('complete');
  expect((await send(joseph, id, { attachments: [{ fileId }] })).status).toBe(200);
});

test('the files of a message go with it', async () => {
  const id = await open(joseph);
  const fileId = await uploadFile(as(joseph), { channel: `school_channel:${id}` });
  const { body } = await send(joseph, id, { attachments: [{ fileId }] });
  const path = `/${id}/messages/${String(body.data['messageId'])}`;
  expect((await call(mary, 'DELETE', path)).status).toBeGreaterThanOrEqual(403);
  expect(await isThere(esther, fileId)).toBe(true);
  expect(await call(joseph, 'DELETE', path)).toMatchObject({ status: 200 });
  expect(await isThere(esther, fileId)).toBe(false);
});
