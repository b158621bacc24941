import { afterAll, beforeAll, expect, test } from 'bun:test';
import { LocalFileStore } from '../../src/files/local-store.ts';
import { sweepFiles } from '../../src/files/sweep.ts';
import { systemClock } from '../../src/lib/clock.ts';
import {
  admin,
  asha,
  type Clinic,
  chw,
  clinician,
  type Person,
  startClinic,
} from '../domains/clinic/support.ts';
import { askFiles, askUpload, type Caller, downloadFile, uploadFile } from '../support/files/file-client.ts';
import { createFileDirectory } from '../support/files/file-directory.ts';
import { samples } from '../support/files/samples.ts';
import { joinAs } from '../support/services/session.ts';

const chat = '/api/cases/CASE-2/chat';
const onChat = { channel: 'clinic_chat:CASE-2' };

const opened = new AsyncDisposableStack();
let clinic: Clinic;
let directory: string;
beforeAll(async () => {
  ({ directory } = opened.use(await createFileDirectory()));
  clinic = opened.use(await startClinic({ FILES_DIRECTORY: directory }));
});
afterAll(() => opened.disposeAsync());

const as = ({ userId, role }: Person): Caller => ({
  url: clinic.url,
  headers: { 'x-user-id': userId, 'x-role': role },
});
const send = (who: Person, body: object) => clinic.call(who, 'POST', chat, { body: '', ...body });
const isThere = async (who: Person, fileId: string) => (await downloadFile(as(who), fileId))?.status === 200;

test('a voice message without a word reaches the other side, who hears it, and a stranger does not', async () => {
  await using portal = await joinAs(clinic, clinician, [onChat.channel]);
  const fileId = await uploadFile(as(asha), { ...onChat, name: 'voice' });
  const { status, body } = await send(asha, { attachments: [{ fileId }] });
  expect(status).toBe(200);
  const attachment = { fileId, name: 'voice.webm', mimeType: 'audio/webm', reference: `files/${fileId}` };
  const attachments = [{ ...attachment, size: samples['audio/webm'].byteLength }];
  expect(body).toMatchObject({ data: { body: '', attachments } });
  expect((await portal.next('chatMessage'))['data']).toMatchObject({ attachments });
  expect(await isThere(clinician, fileId)).toBe(true);
  expect(await isThere(chw, fileId)).toBe(false);
  const { body: history } = await clinic.call(clinician, 'GET', `${chat}?limit=1`);
  expect(history).toMatchObject({ data: [{ attachments }] });
});

test('who may not read a chat uploads nothing for it', async () => {
  expect(await askUpload(as(chw), onChat)).toMatchObject({ status: 403 });
});

test('a message with files that is sent again is stored once, with the same files', async () => {
  const fileId = await uploadFile(as(asha), onChat);
  const message = { messageId: crypto.randomUUID(), body: 'Listen', attachments: [{ fileId }] };
  const first = await send(asha, message);
  expect((await send(asha, message)).body).toMatchObject({ data: (first.body as { data: object }).data });
  const other = await uploadFile(as(asha), onChat);
  expect(await send(asha, { ...message, attachments: [{ fileId: other }] })).toMatchObject({ status: 409 });
  expect((await askFiles(as(asha), 'GET', `/${other}`)).body.data.state).toBe('complete');
});

test('a file of somebody else, of another chat, of another message or of none is not sent', async () => {
  const [foreign, elsewhere, sent] = [
    await uploadFile(as(clinician), onChat),
    await uploadFile(as(asha), { channel: 'clinic_chat:CASE-1' }),
    await uploadFile(as(asha), onChat),
  ];
  await send(asha, { attachments: [{ fileId: sent }] });
  for (const fileId of [foreign, elsewhere, sent, crypto.randomUUID()]) {
    expect(await send(asha, { attachments: [{ fileId }] })).toMatchObject({ status: 404 });
  }
  const good = await uploadFile(as(asha), onChat);
  expect(await send(asha, { attachments: [{ fileId: good }, { fileId: foreign }] })).toMatchObject({
    status: 404,
  });
  expect((await askFiles(as(asha), 'GET', `/${good}`)).body.data.state).toBe('complete');
});

test('a message without a word and without an attachment is refused', async () => {
  expect(await send(asha, {})).toMatchObject({ status: 422 });
  expect(await send(asha, { body: '  ', attachments: [] })).toMatchObject({ status: 422 });
});

test('a place that is sent names no file of this server', async () => {
  const fileId = await uploadFile(as(clinician), onChat);
  const place = { name: 'a.png', mimeType: 'image/png', size: 10, reference: 'cases/2/a.png' };
  expect(await send(asha, { attachments: [{ ...place, fileId }] })).toMatchObject({ status: 422 });
  const { body } = await send(asha, { attachments: [place] });
  expect(body).toMatchObject({ data: { attachments: [place] } });
});

test('the files of a message go with it, and with nothing before', async () => {
  const fileId = await uploadFile(as(asha), onChat);
  const { body } = await send(asha, { attachments: [{ fileId }] });
  const { messageId } = (body as { data: { messageId: string } }).data;
  expect(await askFiles(as(asha), 'DELETE', `/${fileId}`)).toMatchObject({ status: 409 });
  expect(await clinic.call(clinician, 'DELETE', `${chat}/${messageId}`)).toMatchObject({ status: 403 });
  expect(await isThere(clinician, fileId)).toBe(true);
  expect(await clinic.call(admin, 'DELETE', `${chat}/${messageId}`)).toMatchObject({ status: 200 });
  expect(await isThere(clinician, fileId)).toBe(false);
  const store = new LocalFileStore(directory, systemClock);
  await sweepFiles({ query: clinic.database.query, store });
  expect(await store.look(fileId)).toBeUndefined();
});
