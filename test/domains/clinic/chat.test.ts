import { afterAll, beforeAll, expect, test } from 'bun:test';
import { hold } from '../../support/postgres/row-lock.ts';
import { joinAs } from '../../support/services/session.ts';
import { admin, asha, type Clinic, chw, clinician, type Person, startClinic } from './support.ts';

interface Said {
  readonly messageId: string;
  readonly [member: string]: unknown;
}

const chat = '/api/cases/CASE-2/chat';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());

async function say(who: Person, body: string, more: object = {}): Promise<Said> {
  const { status, body: answer } = await clinic.call(who, 'POST', chat, { body, ...more });
  expect({ status, answer }).toMatchObject({ status: 200 });
  return (answer as { data: Said }).data;
}
const statusOf = async (who: Person, method: string, path: string, body?: unknown) =>
  (await clinic.call(who, method, path, body)).status;
const published = async () =>
  (
    await clinic.database.query<{ type: string }>(
      `select type from realtime_publications where channel = 'clinic_chat:CASE-2'`,
    )
  ).length;

test('a message reaches the other side as it is stored', async () => {
  await using portal = await joinAs(clinic, clinician, ['clinic_chat:CASE-2']);
  const message = await say(asha, 'Her feet are swollen.');
  expect(message).toMatchObject({ caseId: 'CASE-2', authorId: 'asha1', authorRole: 'asha', replyTo: null });
  expect((await portal.next('chatMessage'))['data']).toEqual(message);
});

test('a reply stands in its thread; to a message of another case or of none it is refused', async () => {
  const question = await say(clinician, 'Since when?');
  const reply = await say(asha, 'Since Sunday.', { replyTo: question.messageId });
  const { body } = await clinic.call(clinician, 'GET', `${chat}?replyTo=${question.messageId}`);
  expect(body).toMatchObject({ data: [{ messageId: reply.messageId, replyTo: question.messageId }] });
  for (const replyTo of [crypto.randomUUID(), question.messageId]) {
    expect(await statusOf(chw, 'POST', '/api/cases/CASE-3/chat', { body: 'x', replyTo })).toBe(404);
  }
});

test('a page of a chat has one cursor', async () => {
  expect(await statusOf(clinician, 'GET', `${chat}?before=9&cursor=9`, undefined)).toBe(422);
});

test('a message that is sent again, for want of an answer, is stored and published once', async () => {
  const messageId = crypto.randomUUID();
  const before = await published();
  const first = await say(asha, 'Hello?', { messageId });
  expect(await say(asha, 'Hello?', { messageId })).toEqual(first);
  expect(await published()).toBe(before + 1);
  expect(await statusOf(clinician, 'POST', chat, { body: 'Mine', messageId })).toBe(409);
  expect(await statusOf(chw, 'POST', '/api/cases/CASE-3/chat', { body: 'Hello?', messageId })).toBe(409);
});

test('only its author edits a message, and readers get it as it is now', async () => {
  await using portal = await joinAs(clinic, clinician, ['clinic_chat:CASE-2']);
  const { messageId } = await say(asha, 'Presure 150/95');
  const path = `${chat}/${messageId}`;
  for (const who of [clinician, admin]) expect(await statusOf(who, 'PUT', path, { body: 'x' })).toBe(403);
  expect(await statusOf(asha, 'PUT', path, { body: 'Pressure 150/95' })).toBe(200);
  await portal.next('chatMessage');
  expect((await portal.next('chatMessage'))['data']).toMatchObject({
    messageId,
    body: 'Pressure 150/95',
    editedAt: expect.any(String),
  });
  expect(await statusOf(asha, 'PUT', `/api/cases/CASE-1/chat/${messageId}`, { body: 'x' })).toBe(404);
});

test('a deleted message keeps its place and nothing of what it said; its author or an admin deletes it', async () => {
  const attachments = [{ name: 'a.jpg', mimeType: 'image/jpeg', size: 10, reference: 'cases/2/a.jpg' }];
  const { messageId } = await say(asha, 'secret', { attachments });
  const path = `${chat}/${messageId}`;
  await clinic.call(clinician, 'PUT', `${path}/reactions`, { emoji: '👍', present: true });
  expect(await statusOf(clinician, 'DELETE', path)).toBe(403);
  const { body } = await clinic.call(admin, 'DELETE', path);
  expect(body).toMatchObject({
    data: { messageId, body: '', attachments: [], deletedAt: expect.any(String) },
  });
  const { body: history } = await clinic.call(asha, 'GET', `${chat}?limit=1`);
  expect(history).toMatchObject({ data: [{ messageId, body: '', reactions: [] }] });
  expect(await statusOf(asha, 'PUT', path, { body: 'x' })).toBe(409);
  expect(await statusOf(asha, 'DELETE', path)).toBe(409);
  expect(await statusOf(asha, 'PUT', `${path}/reactions`, { emoji: '👍', present: true })).toBe(409);
});

test('a reaction counts once for each person and can be taken back, and only changes are published', async () => {
  const { messageId } = await say(asha, 'She is better.');
  const react = async (who: Person, present: boolean) =>
    (await clinic.call(who, 'PUT', `${chat}/${messageId}/reactions`, { emoji: '🙏', present })).body;
  const before = await published();
  expect(await react(clinician, true)).toMatchObject({ success: true, changed: true });
  expect(await react(clinician, true)).toMatchObject({ success: true, changed: false });
  await react(asha, true);
  const { body } = await clinic.call(asha, 'GET', `${chat}?limit=1`);
  expect(body).toMatchObject({ data: [{ reactions: [{ emoji: '🙏', userIds: ['dr-cruz', 'asha1'] }] }] });
  await react(asha, false);
  expect(await react(asha, false)).toMatchObject({ success: true, changed: false });
  expect(await published()).toBe(before + 3);
  const path = `${chat}/${messageId}/reactions`;
  expect(await statusOf(asha, 'PUT', path, { emoji: '<b>', present: true })).toBe(422);
});

test('a reaction and an edit that wait for the removal of their message are refused', async () => {
  const { messageId } = await say(asha, 'Never mind.');
  const before = await published();
  await using removal = await hold(
    clinic.database,
    `update clinic.messages set deleted_at = now(), body = '' where id = '${messageId}'`,
  );
  const reaction = statusOf(clinician, 'PUT', `${chat}/${messageId}/reactions`, {
    emoji: '👍',
    present: true,
  });
  const edit = statusOf(asha, 'PUT', `${chat}/${messageId}`, { body: 'Still here' });
  await removal.waiting(2);
  await removal.commit();
  expect(await Promise.all([reaction, edit])).toEqual([409, 409]);
  expect(await published()).toBe(before);
  const left = await clinic.database.query('select from clinic.reactions where message_id = $1', [messageId]);
  expect(left).toHaveLength(0);
});

test('a receipt goes forward only', async () => {
  await using field = await joinAs(clinic, asha, ['clinic_chat:CASE-2']);
  const [older, newer] = [await say(asha, 'one'), await say(asha, 'two')];
  const read = async ({ messageId }: Said) =>
    (await clinic.call(clinician, 'POST', `${chat}/read`, { messageId })).body;
  expect(await read(newer)).toMatchObject({ success: true, changed: true });
  expect(await read(older)).toMatchObject({ success: true, changed: false });
  const receipt = { userId: 'dr-cruz', messageId: newer.messageId, readAt: expect.any(String) };
  expect((await field.next('chatRead'))['data']).toMatchObject({ ...receipt, caseId: 'CASE-2' });
  expect((await clinic.call(asha, 'GET', chat)).body).toMatchObject({ receipts: [receipt] });
  const messageId = crypto.randomUUID();
  expect(await statusOf(clinician, 'POST', `${chat}/read`, { messageId })).toBe(404);
});

test('history comes in pages, newest first, and goes on live from its position', async () => {
  for (let n = 1; n <= 7; n++) await clinic.call(asha, 'POST', '/api/cases/CASE-1/chat', { body: `m${n}` });
  const seen: string[] = [];
  let position = '';
  for (let before = ''; ; ) {
    const { body } = await clinic.call(asha, 'GET', `/api/cases/CASE-1/chat?limit=3${before}`);
    const page = body as { data: { body: string }[]; next: string | null; position: string };
    seen.push(...page.data.map((message) => message.body));
    position ||= page.position;
    if (page.next === null) break;
    before = `&before=${page.next}`;
  }
  expect(seen).toEqual(['m7', 'm6', 'm5', 'm4', 'm3', 'm2', 'm1']);
  await clinic.call(clinician, 'POST', '/api/cases/CASE-1/chat', { body: 'm8' });
  await using field = await joinAs(clinic, asha);
  field.send({ type: 'subscribe', channel: 'clinic_chat:CASE-1', since: position });
  expect(await field.next('chatMessage')).toMatchObject({ offset: 8, data: { body: 'm8' } });
});

test('whoever types is seen typing by the others in the chat, and nothing of it is stored', async () => {
  await using portal = await joinAs(clinic, clinician, ['clinic_chat:CASE-2']);
  await using field = await joinAs(clinic, asha, ['clinic_chat:CASE-2']);
  await using outside = await joinAs(clinic, chw);
  const before = await published();
  const typing = {
    type: 'publish',
    channel: 'clinic_chat:CASE-2',
    publicationType: 'typing',
    ephemeral: true,
  };
  outside.send({ ...typing, id: 1, data: {} });
  expect(await outside.next('error')).toMatchObject({ id: 1, code: 'forbidden' });
  field.send({ ...typing, data: { typing: true } });
  expect(await portal.next('typing')).toMatchObject({
    userId: 'asha1',
    data: { typing: true },
    ephemeral: true,
  });
  field.send({ ...typing, ephemeral: false, id: 2, data: {} });
  expect(await field.next('error')).toMatchObject({ id: 2, code: 'forbidden' });
  expect(await published()).toBe(before);
});

test('who is in the chat, at the case and in the lobby is known to the others there', async () => {
  for (const channel of ['clinic_lobby', 'clinic_case:CASE-3', 'clinic_chat:CASE-3']) {
    await using portal = await joinAs(clinic, clinician, [channel]);
    expect(await portal.next('presence_state')).toMatchObject({ channel });
    await using _field = await joinAs(clinic, chw, [channel]);
    await using _other = await joinAs(clinic, chw, [channel]);
    expect(await portal.next('presence_diff')).toMatchObject({
      channel,
      count: 2,
      joins: [{ userId: 'chw1', role: 'chw' }],
    });
  }
});

const hostile = [
  `'); drop table clinic.messages; --`,
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '{"$gt":""}',
  '`id`{{7*7}}%s%n',
  '\u202Eevil\u0007\u001b[31m',
  '"\\\n\r\t\u2028\u2029',
];

test('whatever is written is kept and handed on letter by letter, as text', async () => {
  await using portal = await joinAs(clinic, clinician, ['clinic_chat:CASE-2']);
  for (const body of hostile) {
    const { messageId } = await say(asha, body);
    expect((await portal.next('chatMessage'))['data']).toMatchObject({ messageId, body });
    const [row] = await clinic.database.query('select body from clinic.messages where id = $1', [messageId]);
    expect(row).toEqual({ body });
    const { headers } = await clinic.call(asha, 'GET', chat);
    expect(headers.get('content-type')).toStartWith('application/json');
  }
  const created = { patientName: hostile[1], complaint: hostile[0] };
  expect((await clinic.call(asha, 'POST', '/api/cases', created)).body).toMatchObject({ data: created });
  expect(await statusOf(asha, 'POST', chat, { body: 'a\0b' })).toBe(422);
  expect(await statusOf(asha, 'GET', `${chat}?before=1;drop`)).toBe(422);
  for (const id of [`' or '1'='1`, '%00', 'a/b', 'é']) {
    expect(await statusOf(asha, 'GET', `/api/cases/${encodeURIComponent(id)}`)).toBe(422);
  }
});

const file = { name: 'scan.pdf', mimeType: 'application/pdf', size: 1_000, reference: 'cases/2/scan.pdf' };

test.each([
  file,
  { ...file, size: 26_214_400 },
  { ...file, name: 'bild 🩻.pdf' },
  { ...file, reference: 'https://files.example.org:8443/a/b%20c.pdf?sig=a+b&x=1' },
])('an attachment %j is taken', async (attachment) => {
  expect(await say(asha, 'see', { attachments: [attachment] })).toMatchObject({ attachments: [attachment] });
});

test.each([
  { ...file, mimeType: 'text/html' },
  { ...file, mimeType: 'image/svg+xml' },
  { ...file, mimeType: 'application/x-msdownload' },
  { ...file, mimeType: 'IMAGE/JPEG; charset=x' },
  { ...file, size: 26_214_401 },
  { ...file, size: 0 },
  { ...file, size: 1.5 },
  { ...file, size: '1000' },
  { ...file, name: '../../etc/passwd' },
  { ...file, name: 'a\nb' },
  { ...file, name: 'bild \ud800.pdf' },
  { ...file, name: '' },
  { ...file, reference: 'http://files.example.org/a' },
  { ...file, reference: 'https://user:pass@files.example.org/a' },
  { ...file, reference: 'https://files.example.org/a"onload="x' },
  { ...file, reference: 'javascript:alert(1)' },
  { ...file, reference: 'data:text/html,x' },
  { ...file, reference: '//files.example.org/a' },
  { ...file, reference: 'file:///etc/passwd' },
  { ...file, reference: '../other/key' },
  { ...file, reference: 'a/../../key' },
  { ...file, reference: '/etc/passwd' },
  { ...file, reference: '' },
])('an attachment %j is refused', async (attachment) => {
  const before = await published();
  expect(await statusOf(asha, 'POST', chat, { body: 'see', attachments: [attachment] })).toBe(422);
  expect(await published()).toBe(before);
});

test('eleven attachments are too many', async () => {
  const attachments = Array.from({ length: 11 }, () => file);
  expect(await statusOf(asha, 'POST', chat, { body: 'see', attachments })).toBe(422);
});
