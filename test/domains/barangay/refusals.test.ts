import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  jwtMode,
  makeToken,
  makeUnsignedToken,
  serviceKey,
  startTestService,
  type TestService,
} from '../../support/services/service.ts';

const hearing = { hearingId: 123, eventType: 'created' };
const person = { personId: 'PERSON-123', eventType: 'record_added' };
const note = { userId: 'resident7', notification: { title: 't', message: 'm' } };
const nest = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
const key = { 'x-api-key': serviceKey };

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ env: jwtMode });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

async function expectRefusal(
  status: number,
  code: string,
  [path, body, headers]: readonly [string, unknown, Readonly<Record<string, string>>?],
): Promise<void> {
  const answer = await service.post(`/ws/broadcast/${path}`, body, headers ?? key);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body).toMatchObject({
    type: `urn:tambuli:error:${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code,
    success: false,
    requestId: answer.headers.get('x-request-id') ?? '',
  });
  const [counts] =
    await service.database.query(`select (select count(*) from realtime_publications)::int as published,
    (select count(*) from notifications)::int as stored`);
  expect(counts).toEqual({ published: 0, stored: 0 });
}

const refusals: readonly [
  name: string,
  status: number,
  code: string,
  ...request: Parameters<typeof expectRefusal>[2],
][] = [
  ['a hearing that is not there', 404, 'not_found', 'hearing', { ...hearing, hearingId: 124 }],
  ['a case that is not there', 404, 'not_found', 'case', { caseId: 1, eventType: 'created' }],
  ['a person who is not there', 404, 'not_found', 'person', { ...person, personId: 'PERSON-1' }],
  ['a person code with NUL', 422, 'validation_failed', 'person', { ...person, personId: 'a\0' }],
  ['a path that is not there', 404, 'not_found', 'nothing', hearing],
  ['no body', 422, 'validation_failed', 'hearing', ''],
  ['a body that is null', 422, 'validation_failed', 'hearing', 'null'],
  ['a body that is a list', 422, 'validation_failed', 'hearing', [hearing]],
  ['an id as text', 422, 'validation_failed', 'hearing', { ...hearing, hearingId: '123' }],
  ['an id with a fraction', 422, 'validation_failed', 'hearing', { ...hearing, hearingId: 123.5 }],
  ['an id no column can hold', 422, 'validation_failed', 'case', { caseId: 2 ** 31, eventType: 'created' }],
  ['an id below one', 422, 'validation_failed', 'case', { caseId: 0, eventType: 'created' }],
  ['a missing event', 422, 'validation_failed', 'hearing', { hearingId: 123 }],
  ['an event with odd signs', 422, 'validation_failed', 'hearing', { ...hearing, eventType: '"created"' }],
  ['a record that is no object', 422, 'validation_failed', 'person', { ...person, data: 'text' }],
  [
    'a notification without title',
    422,
    'validation_failed',
    'notification',
    { ...note, notification: { message: 'm' } },
  ],
  [
    'a title with NUL',
    422,
    'validation_failed',
    'notification',
    { ...note, notification: { title: '\0', message: 'm' } },
  ],
  [
    'a title over its length',
    422,
    'validation_failed',
    'notification',
    { ...note, notification: { title: 't'.repeat(501), message: 'm' } },
  ],
  ['broken JSON', 400, 'invalid_body', 'hearing', '{"hearingId":'],
  ['nobody', 401, 'unauthenticated', 'hearing', hearing, {}],
  ['nobody with a wrong body', 401, 'unauthenticated', 'hearing', '', {}],
  ['a wrong service key', 401, 'invalid_token', 'hearing', hearing, { 'x-api-key': `${serviceKey}x` }],
  ['no token behind Bearer', 401, 'invalid_token', 'hearing', hearing, { authorization: 'Bearer ' }],
  ['nonsense behind Bearer', 401, 'invalid_token', 'hearing', hearing, { authorization: 'Bearer a.b.c' }],
  [
    'a record larger than a publication',
    413,
    'payload_too_large',
    'person',
    { ...person, data: { a: 'x'.repeat(140_000) } },
  ],
  [
    'a record of wide characters larger than a publication',
    413,
    'payload_too_large',
    'person',
    { ...person, data: { a: 'ñ'.repeat(70_000) } },
  ],
  [
    'a body over a mebibyte',
    413,
    'payload_too_large',
    'person',
    { ...person, data: { a: 'x'.repeat(1_100_000) } },
  ],
  ['a record nested too deep', 413, 'payload_too_large', 'person', { ...person, data: { a: nest(100) } }],
];

for (const [name, status, code, ...request] of refusals) {
  test(`${name} is answered ${status} ${code}, and nothing is sent`, () =>
    expectRefusal(status, code, request));
}

test('a record nested a hundred thousand times is refused at once and holds nobody up', async () => {
  const deep = `{"personId":"PERSON-123","eventType":"x","data":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
  const { user } = process.cpuUsage();
  await expectRefusal(413, 'payload_too_large', ['person', deep]);
  // Overflowing the stack of JSON.stringify takes the processor for 1.5 s, in which nobody else is served.
  expect(process.cpuUsage().user - user).toBeLessThan(700_000);
});

test('the fields that are wrong are listed', async () => {
  const { body } = await service.post('/ws/broadcast/hearing', { hearingId: 'x' }, key);
  expect(body).toMatchObject({
    errors: [
      { field: 'hearingId', message: 'Expected integer' },
      { field: 'eventType', message: 'Expected required property' },
    ],
  });
});

test('tokens that are expired, forged, unsigned or without expiry are 401 and tell which', async () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const expired = bearer(await makeToken({ expiresIn: -1 }));
  await expectRefusal(401, 'token_expired', ['hearing', hearing, expired]);
  const wrong = [
    await makeToken({ secret: 'another-secret-of-more-than-32-bytes' }),
    await makeToken({ expiresIn: null }),
    makeUnsignedToken(),
  ];
  for (const token of wrong) await expectRefusal(401, 'invalid_token', ['hearing', hearing, bearer(token)]);
});

test('a role that may not broadcast is 403 on every route, before its body is looked at', async () => {
  for (const role of ['user', 'service', 'officers', 'officer ']) {
    const headers = { authorization: `Bearer ${await makeToken({ role })}` };
    for (const path of ['hearing', 'case', 'person', 'notification']) {
      await expectRefusal(403, 'forbidden', [path, {}, headers]);
    }
  }
});
