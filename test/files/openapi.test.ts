import { expect, test } from 'bun:test';
import type { Example } from '../gateways/documents/openapi-examples.ts';
import { expectDocumented } from '../support/documents/documented-answers.ts';
import { askUpload, type Caller, putContent, uploadFile } from '../support/files/file-client.ts';
import { createFileDirectory } from '../support/files/file-directory.ts';
import { fileDomain } from '../support/files/file-domain.ts';
import { samples } from '../support/files/samples.ts';
import { jwtMode, makeToken, startTestService } from '../support/services/service.ts';

const channel = 'board:a';
const user = 'a-1';
const role = 'writer';
const asked = { channel, name: 'a.webm', mimeType: 'audio/webm', size: 10 };
const nothing = crypto.randomUUID();

test('whatever the routes of files answer is what the document says, for every status', async () => {
  await using files = await createFileDirectory();
  await using service = await startTestService({
    env: { ...jwtMode, FILES_DIRECTORY: files.directory },
    extraDomains: [fileDomain],
  });
  const authorization = `Bearer ${await makeToken({ user, role })}`;
  const who: Caller = { url: service.url, headers: { authorization } };
  const unused = async () => uploadFile(who, { channel });
  const [one, two, three] = [await unused(), await unused(), await unused()];
  const waiting = (await askUpload(who, { channel })).body.data.fileId;
  const wrong = await askUpload(who, { channel, mimeType: 'image/png' });
  await putContent(who, wrong.body.upload, samples['image/png'].toReversed());
  await service.database.query(`update realtime_files set attached_to = 'message:1' where id = $1`, [three]);

  const path = '/api/files';
  const post = (at: string, body: object, more: object = {}): Example => {
    return (call) => call(path + at, { user, role, body, ...more });
  };
  const on = (id: string, at = '', more: object = {}): Example => {
    return (call) => call(`${path}/${id}${at}`, { user, role, ...more });
  };
  await expectDocumented(service, {
    elsewhere: '501',
    of: /^\S+ \/api\/files\b/,
    forbidsNobody: (route) => !/^POST \/api\/files(\/publish)?$/.test(route),
    examples: {
      'POST /api/files': [
        post('', asked),
        post('', asked, { role: 'reader' }),
        post('', { ...asked, channel: 'nowhere' }),
        post('', { ...asked, size: 2 ** 30 }),
      ],
      'POST /api/files/{id}/complete': [
        on(one, '/complete'),
        on(nothing, '/complete'),
        on(waiting, '/complete'),
        on(wrong.body.data.fileId, '/complete'),
      ],
      'GET /api/files/{id}': [on(one), on(waiting), on(nothing), on('x')],
      'DELETE /api/files/{id}': [on(two), on(nothing), on(three)],
      'POST /api/files/publish': [
        post('/publish', { channel, type: 'voice', files: [one] }),
        post('/publish', { channel, type: 'voice', files: [one] }, { role: 'reader' }),
        post('/publish', { channel, type: 'voice', files: [nothing] }),
      ],
    },
  });
});

test('a server that keeps no files says so', async () => {
  await using service = await startTestService({ extraDomains: [fileDomain] });
  const headers = { 'x-user-id': user, 'x-role': role };
  const answer = await service.post('/api/files', asked, headers);
  expect(answer).toMatchObject({ status: 501, body: { code: 'no_file_store' } });
  expect(await service.get('/api/files/bytes?link=x', headers)).toMatchObject({ status: 422 });
});
