import { afterAll, beforeAll, expect, test } from 'bun:test';
import { examine } from '../../src/commands/doctor.ts';
import { asha, type Clinic, chw, clinician, type Person, startClinic } from '../domains/clinic/support.ts';
import {
  askFiles,
  askUpload,
  type Caller,
  downloadFile,
  putContent,
  uploadFile,
} from '../support/files/file-client.ts';
import { type S3Server, startS3Server } from '../support/files/s3-server.ts';
import { samples } from '../support/files/samples.ts';

const opened = new AsyncDisposableStack();
let bucket: S3Server;
let clinic: Clinic;
const env = () => ({
  S3_ENDPOINT: bucket.settings.endpoint,
  S3_BUCKET: bucket.settings.bucket,
  S3_REGION: bucket.settings.region,
  S3_ACCESS_KEY_ID: bucket.settings.accessKeyId,
  S3_SECRET_ACCESS_KEY: bucket.settings.secretAccessKey,
});
beforeAll(async () => {
  bucket = opened.use(startS3Server());
  clinic = opened.use(await startClinic(env()));
});
afterAll(() => opened.disposeAsync());

const onChat = { channel: 'clinic_chat:CASE-2' };
const as = ({ userId, role }: Person): Caller => ({
  url: clinic.url,
  headers: { 'x-user-id': userId, 'x-role': role },
});

test('with the variables of a bucket a voice message goes past the server, and its reader hears it', async () => {
  const { body } = await askUpload(as(asha), onChat);
  expect(new URL(body.upload.url).origin).toBe(bucket.settings.endpoint);
  expect(await putContent(as(asha), body.upload, samples['audio/webm'])).toBe(200);
  const { fileId } = body.data;
  expect(await askFiles(as(asha), 'POST', `/${fileId}/complete`)).toMatchObject({ status: 200 });
  const message = { body: '', attachments: [{ fileId }] };
  expect(await clinic.call(asha, 'POST', '/api/cases/CASE-2/chat', message)).toMatchObject({ status: 200 });
  const heard = await downloadFile(as(clinician), fileId);
  expect(heard?.url).toStartWith(bucket.settings.endpoint);
  expect(heard?.headers.get('content-disposition')).toStartWith('inline; filename="note.webm"');
  expect(await downloadFile(as(chw), fileId)).toBeUndefined();
});

test('a bucket that is away is told as such, loses nothing, and works again', async () => {
  const { body } = await askUpload(as(asha), onChat);
  await putContent(as(asha), body.upload, samples['audio/webm']);
  const complete = () => askFiles(as(asha), 'POST', `/${body.data.fileId}/complete`);
  bucket.fail(500);
  expect(await complete()).toMatchObject({ status: 503, body: { code: 'files_unavailable' } });
  bucket.fail(undefined);
  expect(await complete()).toMatchObject({ status: 200 });
});

test('pages may load pictures and sounds from the bucket, upload to it, and ask no other host', async () => {
  const { headers } = await clinic.get('/clinician', { accept: 'text/html' });
  const policy = headers.get('content-security-policy')?.split('; ') ?? [];
  const { endpoint } = bucket.settings;
  expect(policy).toContain(`img-src 'self' data: blob: ${endpoint}`);
  expect(policy).toContain(`media-src 'self' blob: ${endpoint}`);
  expect(policy).toContain(`connect-src 'self' ${endpoint}`);
  expect(policy.filter((each) => each.includes('http'))).toHaveLength(3);
});

test('the doctor looks at the bucket, and names what to correct', async () => {
  const findings = async (more: object = {}) =>
    (await examine({ DATABASE_URL: clinic.databaseUrl, DOMAINS: 'clinic', ...env(), ...more })).filter(
      ({ check }) => check === 'files',
    );
  expect(await findings()).toMatchObject([
    { state: 'ok', found: expect.stringContaining('bucket clinic-files') },
  ]);
  const refused = await findings({ S3_SECRET_ACCESS_KEY: 'another-secret' });
  expect(refused).toMatchObject([{ state: 'fault' }]);
  const told = JSON.stringify([await findings(), refused]);
  for (const secret of [bucket.settings.secretAccessKey, 'another-secret'])
    expect(told).not.toContain(secret);
});

test('a file of a hostile name is uploaded and handed out under that name', async () => {
  const name = `a";x='y' (1) & ü.png`;
  const fileId = await uploadFile(as(asha), { ...onChat, mimeType: 'image/png', name });
  const disposition = (await downloadFile(as(asha), fileId))?.headers.get('content-disposition') ?? '';
  expect(decodeURIComponent(disposition.split("filename*=UTF-8''")[1] ?? '')).toBe(name);
});
