import { afterAll, beforeAll, expect, test } from 'bun:test';
import { LocalFileStore } from '../../src/files/local-store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type FileBoard, onBoard, startFileBoard } from '../support/files/file-board.ts';
import { askFiles, askUpload, downloadFile, putContent, uploadFile } from '../support/files/file-client.ts';
import { banned } from '../support/files/file-domain.ts';
import { samples } from '../support/files/samples.ts';

let board: FileBoard;
beforeAll(async () => {
  board = await startFileBoard();
});
afterAll(() => board[Symbol.asyncDispose]());

test('a voice message is uploaded, checked, published and heard by the readers of the channel', async () => {
  const [who, other] = [board.writer(), board.reader()];
  const fileId = await uploadFile(who, { ...onBoard, name: 'ate Linda.webm' });
  const { status, body } = await board.publish(who, [fileId], { data: { seconds: 7 } });
  expect(status).toBe(200);
  const attachment = { name: 'ate Linda.webm', mimeType: 'audio/webm', fileId, reference: `files/${fileId}` };
  const size = samples['audio/webm'].byteLength;
  const data = { seconds: 7, attachments: [{ ...attachment, size }] };
  expect(body).toMatchObject({ success: true, channel: 'board:a', data, position: expect.any(String) });
  const log = await board.service.get(
    '/api/realtime/channels/board:a/publications?before=latest&limit=1',
    other.headers,
  );
  expect(log.body).toMatchObject({ publications: [{ type: 'voice', data }] });
  const response = await downloadFile(other, fileId);
  expect(response?.status).toBe(200);
  expect(new Uint8Array((await response?.arrayBuffer()) ?? [])).toEqual(
    new Uint8Array(samples['audio/webm']),
  );
  expect(Object.fromEntries(response?.headers ?? [])).toMatchObject({
    'content-type': 'audio/webm',
    'content-disposition': `inline; filename="ate Linda.webm"; filename*=UTF-8''ate%20Linda.webm`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  });
});

test('a file larger than any other body is uploaded, and a body of another route is not', async () => {
  const who = board.writer();
  const content = new Uint8Array(2_500_000).fill(0x20);
  const fileId = await uploadFile(who, { ...onBoard, mimeType: 'text/plain', name: 'long.txt', content });
  expect((await (await downloadFile(who, fileId))?.arrayBuffer())?.byteLength).toBe(content.byteLength);
  expect(await askUpload(who, { ...onBoard, content: new Uint8Array(3_000_001) })).toMatchObject({
    status: 413,
  });
  const large = JSON.stringify({ ...onBoard, type: 't', data: 'x'.repeat(1_100_000) });
  expect((await board.service.post('/api/realtime/publish', large, who.headers)).status).toBe(413);
  const lengthless = new Blob([large]).stream();
  const headers = { ...who.headers, 'content-type': 'application/json' };
  const answer = await fetch(`${board.service.url}/api/realtime/publish`, {
    method: 'POST',
    headers,
    body: lengthless,
  });
  expect(answer.status).toBe(413);
});

test('only those who may upload for a channel get a link, and a channel without files takes none', async () => {
  for (const who of [board.reader(), board.caller('b-writer', 'writer')]) {
    expect(await askUpload(who, onBoard)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  }
  expect(await askUpload(board.writer(), { channel: 'plain' })).toMatchObject({ status: 403 });
  expect(await askUpload(board.writer(), { channel: 'nowhere' })).toMatchObject({ status: 404 });
});

test('a type that the operator does not take is refused, and so is one that there is not', async () => {
  const refused = await askUpload(board.writer(), { ...onBoard, mimeType: 'application/pdf' });
  expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  const body = { ...onBoard, name: 'a.svg', mimeType: 'image/svg+xml', size: 10 };
  expect(await askFiles(board.writer(), 'POST', '', body)).toMatchObject({ status: 422 });
});

test('nobody sees a file whose content is not checked, and its owner sees it alone until it is attached', async () => {
  const [who, other] = [board.writer(), board.reader()];
  const { body } = await askUpload(who, onBoard);
  const { fileId } = body.data;
  await putContent(who, body.upload, samples['audio/webm']);
  expect((await askFiles(who, 'GET', `/${fileId}`)).body).toMatchObject({
    link: null,
    data: { state: 'waiting' },
  });
  expect(await askFiles(other, 'GET', `/${fileId}`)).toMatchObject({ status: 404 });
  expect(await board.publish(who, [fileId])).toMatchObject({ status: 404 });
  expect(await askFiles(other, 'POST', `/${fileId}/complete`)).toMatchObject({ status: 404 });
  await askFiles(who, 'POST', `/${fileId}/complete`);
  expect((await downloadFile(who, fileId))?.status).toBe(200);
  expect(await downloadFile(other, fileId)).toBeUndefined();
  await board.publish(who, [fileId]);
  expect((await downloadFile(other, fileId))?.status).toBe(200);
});

test('content that is not what its type says is refused and removed', async () => {
  const who = board.writer();
  const content = new TextEncoder().encode('<script>alert(1)</script>');
  for (const mimeType of ['image/png', 'audio/webm'] as const) {
    const { body } = await askUpload(who, { ...onBoard, mimeType, content });
    const { fileId } = body.data;
    expect(await putContent(who, body.upload, content)).toBe(200);
    const refused = await askFiles(who, 'POST', `/${fileId}/complete`);
    expect(refused).toMatchObject({ status: 422, body: { code: 'file_refused' } });
    expect(await askFiles(who, 'GET', `/${fileId}`)).toMatchObject({ status: 404 });
    await board.sweep();
    expect(await board.store.look(fileId)).toBeUndefined();
    expect(await board.rows(fileId)).toEqual([]);
  }
});

test('an upload that did not happen is told so, and can still happen', async () => {
  const who = board.writer();
  const { body } = await askUpload(who, onBoard);
  const { fileId } = body.data;
  expect(await askFiles(who, 'POST', `/${fileId}/complete`)).toMatchObject({ status: 409 });
  await putContent(who, body.upload, samples['audio/webm']);
  expect(await askFiles(who, 'POST', `/${fileId}/complete`)).toMatchObject({ status: 200 });
});

test('a process that dies between keeping a file and writing it down loses nothing', async () => {
  const who = board.writer();
  const { body } = await askUpload(who, onBoard);
  const { fileId } = body.data;
  await putContent(who, body.upload, samples['audio/webm']);
  board.store.diesAfterKeep = true;
  const died = await askFiles(who, 'POST', `/${fileId}/complete`).finally(() => {
    board.store.diesAfterKeep = false;
  });
  expect(died).toMatchObject({ status: 500 });
  expect((await askFiles(who, 'GET', `/${fileId}`)).body.link).toBeNull();
  for (let repeat = 0; repeat < 2; repeat++) {
    const completed = await askFiles(who, 'POST', `/${fileId}/complete`);
    expect(completed).toMatchObject({ status: 200, body: { data: { state: 'complete' } } });
  }
  expect((await downloadFile(who, fileId))?.status).toBe(200);
});

test('what is put by the link after the check reaches nobody', async () => {
  const who = board.writer();
  const { body } = await askUpload(who, onBoard);
  const { fileId } = body.data;
  const other = samples['audio/webm'].toReversed();
  await putContent(who, body.upload, samples['audio/webm']);
  await askFiles(who, 'POST', `/${fileId}/complete`);
  await putContent(who, body.upload, other);
  await askFiles(who, 'POST', `/${fileId}/complete`);
  await board.publish(who, [fileId]);
  const heard = async () => new Uint8Array((await (await downloadFile(who, fileId))?.arrayBuffer()) ?? []);
  expect(await heard()).toEqual(new Uint8Array(samples['audio/webm']));
  await board.due(fileId);
  await board.sweep();
  expect(await heard()).toEqual(new Uint8Array(samples['audio/webm']));
  expect((await board.store.look(fileId))?.head).toEqual(Buffer.from(samples['audio/webm']));
});

test('somebody who may read the channel no longer gets no link any more', async () => {
  const [who, other] = [board.writer(), board.reader()];
  const fileId = await uploadFile(who, onBoard);
  await board.publish(who, [fileId]);
  expect((await downloadFile(other, fileId))?.status).toBe(200);
  banned.add(other.headers['x-user-id'] ?? '');
  expect(await askFiles(other, 'GET', `/${fileId}`)).toMatchObject({ status: 404 });
  banned.add(who.headers['x-user-id'] ?? '');
  expect(await askFiles(who, 'GET', `/${fileId}`)).toMatchObject({ status: 404 });
});

test('a link lives as long as the configuration says, and no longer', async () => {
  const who = board.writer();
  const fileId = await uploadFile(who, onBoard);
  const before = Date.now();
  const { link } = (await askFiles(who, 'GET', `/${fileId}`)).body;
  const until = Date.parse(link?.expiresAt ?? '');
  expect(until).toBeGreaterThanOrEqual(before + 120_000);
  expect(until).toBeLessThanOrEqual(Date.now() + 120_000);
  const late = new LocalFileStore(board.store.directory, { ...systemClock, now: () => until });
  expect(
    await late.right(new URL(link?.url ?? '', board.service.url).searchParams.get('link') ?? ''),
  ).toBeUndefined();
});

test('another caller, and another channel, cannot attach a file', async () => {
  const [who, other] = [board.writer(), board.writer()];
  const fileId = await uploadFile(who, onBoard);
  expect(await board.publish(other, [fileId])).toMatchObject({ status: 404 });
  expect(await board.publish(who, [fileId], { channel: 'strict_board:a', type: 'photo' })).toMatchObject({
    status: 404,
  });
  expect(await board.publish(who, [crypto.randomUUID()])).toMatchObject({ status: 404 });
  expect(await board.publish(who, [fileId])).toMatchObject({ status: 200 });
  expect(await board.publish(who, [fileId])).toMatchObject({ status: 404 });
});

test('a publication that the channel does not carry attaches nothing', async () => {
  const who = board.writer();
  const strict = { channel: 'strict_board:a' };
  const [one, two] = [await uploadFile(who, strict), await uploadFile(who, strict)];
  const refused = await board.publish(who, [one, two], { ...strict, type: 'photo' });
  expect(refused).toMatchObject({ status: 422 });
  expect((await askFiles(who, 'GET', `/${one}`)).body.data.state).toBe('complete');
  expect(await board.publish(who, [one], { ...strict, type: 'photo' })).toMatchObject({ status: 200 });
  expect(await board.publish(board.reader(), [two], { ...strict, type: 'photo' })).toMatchObject({
    status: 403,
  });
});

test('requests with a key are carried out once', async () => {
  const who = board.writer();
  const key = { 'idempotency-key': crypto.randomUUID() };
  const first = await askUpload(who, onBoard, key);
  const again = await askUpload(who, onBoard, key);
  expect(again.body).toMatchObject({ repeated: true, data: first.body.data });
  const { fileId } = first.body.data;
  await putContent(who, again.body.upload, samples['audio/webm']);
  await askFiles(who, 'POST', `/${fileId}/complete`);
  const once = await board.publish(who, [fileId], {}, key);
  expect(await board.publish(who, [fileId], {}, key)).toMatchObject({
    status: 200,
    body: { repeated: true, data: once.body.data },
  });
});

test('one person uploads so many files and bytes and no more, and another is not touched by that', async () => {
  const who = board.writer();
  const userId = who.headers['x-user-id'];
  const add = (size: number, count: number) =>
    board.service.database.query(
      `insert into realtime_files (id, channel, owner_id, name, mime_type, size, upload_until)
       select gen_random_uuid(), 'board:a', $1, 'a', 'text/plain', $2, now() from generate_series(1, $3)`,
      [userId, size, count],
    );
  await add(1, 99);
  const answers = await Promise.all(Array.from({ length: 5 }, () => askUpload(who, onBoard)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 429, 429, 429, 429]);
  await board.service.database.query(
    `update realtime_files set created_at = now() - interval '2 hours' where owner_id = $1`,
    [userId],
  );
  expect(await askUpload(who, onBoard)).toMatchObject({ status: 200 });
  await add(536_870_912, 1);
  expect(await askUpload(who, onBoard)).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(await askUpload(board.writer(), onBoard)).toMatchObject({ status: 200 });
});

test('the tokens of links are in no line of the log', async () => {
  const who = board.writer();
  const fileId = await uploadFile(who, onBoard);
  const { link } = (await askFiles(who, 'GET', `/${fileId}`)).body;
  const token = link?.url.split('link=')[1] ?? '';
  expect(token).not.toBe('');
  const requestId = crypto.randomUUID();
  await fetch(new URL(link?.url ?? '', board.service.url), { headers: { 'x-request-id': requestId } });
  expect(await board.service.nextLog(requestId)).toContain('"method":"GET","path":"/api/files/bytes"');
  expect(board.service.logged()).not.toContain(token);
});
