import { afterAll, beforeAll, expect, test } from 'bun:test';
import { jwtMode, serviceKey, startTestService, type TestService } from '../../support/services/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ env: jwtMode });
});
afterAll(() => service[Symbol.asyncDispose]());

const text = JSON.stringify({ channel: 'hearings', type: 'note', data: { name: 'Niño 👍' } });

async function publish(
  body: BodyInit,
  headers: Readonly<Record<string, string>>,
  path = '/api/realtime/publish',
): Promise<{ status: number; code?: string; detail?: string }> {
  // A blob without a type has no content-type of its own.
  const init = { method: 'POST', headers: { 'x-api-key': serviceKey, ...headers }, body };
  const answer = await fetch(service.url + path, init);
  const { code, detail } = (await answer.json()) as { code?: string; detail?: string };
  return { status: answer.status, ...(code && { code }), ...(detail && { detail }) };
}

test.each([
  'application/json',
  'Application/JSON',
  'APPLICATION/JSON; Charset="UTF-8"',
  'application/json;charset=utf8',
  'application/cloudevents+json',
])('a body of type %s is read', async (type) => {
  expect(await publish(text, { 'content-type': type })).toEqual({ status: 200 });
});

test('a coding of identity is none', async () => {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'Identity' };
  expect(await publish(text, headers)).toEqual({ status: 200 });
});

const unsupported = { status: 415, code: 'unsupported_media_type' };

test.each([
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  'application/jsonp',
  'application/json; charset=iso-8859-1',
  'json',
  ';;;',
])('a body of type %s is not taken, and why', async (type) => {
  const refusal = await publish(text, { 'content-type': type });
  expect(refusal).toMatchObject({ ...unsupported, detail: expect.stringContaining('application/json') });
});

test('a body without a type is not taken, and why', async () => {
  const refusal = await publish(new Blob([text]), {});
  expect(refusal).toMatchObject({ ...unsupported, detail: expect.stringContaining('no content-type') });
});

test.each(['gzip', 'br', 'deflate', 'zstd'])('a body in %s is not unpacked, and why', async (coding) => {
  const headers = { 'content-type': 'application/json', 'content-encoding': coding };
  const refusal = await publish(Bun.gzipSync(text), headers);
  expect(refusal).toMatchObject({ ...unsupported, detail: expect.stringContaining('content-encoding') });
});

test('bytes that are no UTF-8 are refused, not replaced', async () => {
  const bytes = new Uint8Array([...new TextEncoder().encode('"'), 0xff, ...new TextEncoder().encode('"')]);
  expect(await publish(bytes, { 'content-type': 'application/json' })).toMatchObject({
    status: 400,
    code: 'invalid_body',
  });
});

test('a request without a body needs no type, and an empty one has none', async () => {
  const path = '/api/realtime/users/nobody/disconnect';
  for (const headers of [{}, { 'content-type': 'application/x-www-form-urlencoded' }]) {
    const init = { method: 'POST', headers: { 'x-api-key': serviceKey, ...headers } };
    expect((await fetch(service.url + path, init)).status).toBe(200);
  }
});

test('a chunked body over the limit is too large', async () => {
  const chunk = new TextEncoder().encode(' '.repeat(64 * 1024));
  let left = 17;
  const body = new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(chunk);
      else controller.close();
    },
  });
  expect(await publish(body, { 'content-type': 'application/json' })).toMatchObject({
    status: 413,
    code: 'payload_too_large',
  });
});
