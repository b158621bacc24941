import { afterAll, beforeAll, expect, test } from 'bun:test';
import { joinAs } from '../../../support/services/session.ts';
import {
  amina,
  brian,
  esther,
  grace,
  greenfield,
  jane,
  joseph,
  mary,
  type Person,
  ruth,
  type School,
  samuel,
  startSchool,
} from '../support.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool();
});
afterAll(() => school[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly body: { readonly data: Record<string, unknown>; readonly [member: string]: unknown };
}

const call = async (who: Person | undefined, method: string, path: string, body?: unknown): Promise<Answer> =>
  (await school.call(who, method, `/channels${path}`, body)) as Answer;
const statusOf = async (who: Person | undefined, method: string, path: string, body?: unknown) =>
  (await call(who, method, path, body)).status;

async function open(who: Person, more: object = {}): Promise<string> {
  const { status, body } = await call(who, 'POST', '', { name: 'Grade 7', ...more });
  expect({ status, body }).toMatchObject({ status: 200, body: { position: expect.any(String) } });
  return String(body.data['channelId']);
}

async function say(who: Person, id: string, body: string, more: object = {}): Promise<string> {
  const answer = await call(who, 'POST', `/${id}/messages`, { body, ...more });
  expect(answer).toMatchObject({ status: 200, body: { position: expect.any(String) } });
  return String(answer.body.data['messageId']);
}

test('a teacher makes a channel, parents join it, and a message reaches them live at the position that was answered', async () => {
  const id = await open(esther, { description: 'Parents of grade 7' });
  expect(await call(joseph, 'POST', `/${id}/join`)).toMatchObject({
    status: 200,
    body: { data: { userId: joseph.userId, role: 'member' }, position: expect.any(String) },
  });
  await using phone = await joinAs(school, joseph, [`school_channel:${id}`]);
  const { body } = await call(esther, 'POST', `/${id}/messages`, { body: 'The bus leaves at 7:30.' });
  const heard = await phone.next('chatMessage');
  expect(heard['data']).toEqual(body.data);
  expect(heard['offset']).toBe(Number(String(body['position']).split(':')[1]));
  expect(body.data).toMatchObject({
    channelId: id,
    authorId: esther.userId,
    authorRole: 'teacher',
    replyTo: null,
  });
});

test('nobody of another school finds, joins or reads a channel, whatever its visibility', async () => {
  for (const visibility of ['open', 'closed']) {
    const id = await open(esther, { visibility });
    const messageId = await say(esther, id, 'secret');
    for (const who of [jane, samuel, { userId: 'nobody', role: 'parent' }]) {
      for (const [method, path, body] of [
        ['GET', ''],
        ['PUT', '', { name: 'Mine' }],
        ['DELETE', ''],
        ['POST', '/join'],
        ['POST', '/leave'],
        ['GET', '/members'],
        ['PUT', `/members/${who.userId}`, {}],
        ['DELETE', `/members/${esther.userId}`],
        ['GET', '/messages'],
        ['POST', '/messages', { body: 'x' }],
        ['PUT', `/messages/${messageId}`, { body: 'x' }],
        ['DELETE', `/messages/${messageId}`],
        ['PUT', `/messages/${messageId}/reactions`, { emoji: '👍', present: true }],
        ['POST', '/read', { messageId }],
      ] as const) {
        expect([method, path, await statusOf(who, method, `/${id}${path}`, body)]).toEqual([
          method,
          path,
          404,
        ]);
      }
      const { body } = await call(who, 'GET', '');
      expect(JSON.stringify(body)).not.toContain(id);
      await using client = await joinAs(school, who);
      client.send({ type: 'subscribe', channel: `school_channel:${id}` });
      expect(await client.next('error')).toMatchObject({ code: 'forbidden' });
    }
  }
});

test('a closed channel is known to its members and to who leads the school; others are added by a moderator', async () => {
  const id = await open(esther, { visibility: 'closed' });
  expect(await statusOf(mary, 'POST', `/${id}/join`)).toBe(404);
  expect(await statusOf(mary, 'GET', `/${id}/messages`)).toBe(404);
  expect(await statusOf(ruth, 'GET', `/${id}`)).toBe(200);
  expect(await statusOf(ruth, 'GET', `/${id}/messages`)).toBe(403);
  expect(await statusOf(esther, 'PUT', `/${id}/members/${jane.userId}`, {})).toBe(404);
  await using phone = await joinAs(school, mary, ['realtime_events']);
  expect(await statusOf(esther, 'PUT', `/${id}/members/${mary.userId}`, {})).toBe(200);
  expect((await phone.next('channel_membership'))['data']).toMatchObject({
    channelId: id,
    channel: `school_channel:${id}`,
    role: 'member',
  });
  expect(await statusOf(mary, 'GET', `/${id}/messages`)).toBe(200);
});

test('who may make a channel and govern one is decided by role and standing', async () => {
  for (const who of [joseph, brian]) expect(await statusOf(who, 'POST', '', { name: 'x' })).toBe(403);
  expect(await statusOf(amina, 'POST', '', { name: 'x' })).toBe(422);
  expect(await statusOf(samuel, 'POST', '', { name: 'x', schoolId: greenfield })).toBe(403);
  expect(await statusOf(amina, 'POST', '', { name: 'x', schoolId: greenfield })).toBe(200);
  expect(await statusOf(undefined, 'POST', '', { name: 'x', schoolId: greenfield })).toBe(200);
  expect(await statusOf(undefined, 'POST', '', { name: 'x', schoolId: 'none' })).toBe(404);
  const id = await open(esther);
  await call(joseph, 'POST', `/${id}/join`);
  await call(mary, 'POST', `/${id}/join`);
  expect(await statusOf(joseph, 'PUT', `/${id}/members/${brian.userId}`, {})).toBe(403);
  expect(await statusOf(joseph, 'DELETE', `/${id}/members/${mary.userId}`)).toBe(403);
  expect(await statusOf(joseph, 'PUT', `/${id}`, { name: 'Ours' })).toBe(403);
  expect(await statusOf(joseph, 'DELETE', `/${id}`)).toBe(403);
  expect(await statusOf(esther, 'PUT', `/${id}/members/${joseph.userId}`, { role: 'moderator' })).toBe(200);
  expect(await statusOf(joseph, 'PUT', `/${id}/members/${brian.userId}`, {})).toBe(200);
  expect(await statusOf(joseph, 'PUT', `/${id}/members/${brian.userId}`, { role: 'owner' })).toBe(403);
  expect(await statusOf(joseph, 'DELETE', `/${id}/members/${esther.userId}`)).toBe(403);
  expect(await statusOf(joseph, 'DELETE', `/${id}/members/${mary.userId}`)).toBe(200);
  expect(await statusOf(esther, 'POST', `/${id}/leave`)).toBe(409);
  expect(await statusOf(ruth, 'PUT', `/${id}/members/${joseph.userId}`, { role: 'owner' })).toBe(200);
  expect(await statusOf(esther, 'POST', `/${id}/leave`)).toBe(200);
  expect(await statusOf(esther, 'PUT', `/${id}`, { name: 'Mine' })).toBe(403);
  const { body } = await call(ruth, 'GET', `/${id}/members`);
  expect(body.data).toMatchObject([{ userId: joseph.userId, role: 'owner' }, { userId: brian.userId }]);
});

test('a member who is removed hears nothing more on a connection that was open, and comes back by a new invitation alone', async () => {
  const id = await open(esther, { visibility: 'closed' });
  await call(esther, 'PUT', `/${id}/members/${joseph.userId}`, {});
  const channel = `school_channel:${id}`;
  await using phone = await joinAs(school, joseph, [channel]);
  expect(await call(esther, 'DELETE', `/${id}/members/${joseph.userId}`)).toMatchObject({
    body: { changed: true },
  });
  expect(await phone.next('unsubscribed')).toMatchObject({ channel, code: 'forbidden' });
  await say(esther, id, 'without him');
  phone.send({ type: 'subscribe', channel });
  expect(await phone.next('error')).toMatchObject({ code: 'forbidden' });
  expect(JSON.stringify(phone.all())).not.toContain('without him');
  expect(await statusOf(joseph, 'POST', `/${id}/join`)).toBe(404);
});

test('somebody who joins several times at once, for the first time and again, joins once', async () => {
  const id = await open(esther);
  const channel = `school_channel:${id}`;
  await using owner = await joinAs(school, esther, [channel]);
  for (let round = 0; round < 3; round++) {
    const joins = Array.from({ length: 6 }, () => call(joseph, 'POST', `/${id}/join`));
    const answers = await Promise.all(joins);
    expect(answers.map(({ status }) => status)).toEqual(joins.map(() => 200));
    expect(answers.filter(({ body }) => 'position' in (body as object)).length).toBe(1);
    expect(await statusOf(joseph, 'POST', `/${id}/leave`)).toBe(200);
  }
  await say(esther, id, 'marker');
  await owner.next('chatMessage');
  expect(owner.all('channelMember').length).toBe(6);
});

test('every page of members leads to the next, whatever their ids are', async () => {
  const id = await open(esther);
  const long = '日'.repeat(200);
  await school.database.query(
    `insert into school.users (id, name, role, school_id) values ($1, 'x', 'parent', 'school-uuid') on conflict do nothing`,
    [long],
  );
  expect(await statusOf(esther, 'PUT', `/${id}/members/${encodeURIComponent(long)}`, {})).toBe(200);
  expect(await statusOf(joseph, 'POST', `/${id}/join`)).toBe(200);
  const seen: string[] = [];
  for (let next = ''; ; ) {
    const { status, body } = await call(esther, 'GET', `/${id}/members?limit=1${next}`);
    expect(status).toBe(200);
    const page = body as unknown as { data: { userId: string }[]; nextCursor: string | null };
    seen.push(...page.data.map(({ userId }) => userId));
    if (page.nextCursor === null) break;
    next = `&cursor=${page.nextCursor}`;
  }
  expect(seen).toEqual([esther.userId, long, joseph.userId]);
});

test('a thread, its reactions and receipts come with the pages of history', async () => {
  const id = await open(esther);
  await call(joseph, 'POST', `/${id}/join`);
  const question = await say(esther, id, 'Who comes?');
  const reply = await say(joseph, id, 'We do.', { replyTo: question });
  const other = await open(esther);
  expect(await statusOf(esther, 'POST', `/${other}/messages`, { body: 'x', replyTo: question })).toBe(404);
  const reacted = { emoji: '👍', present: true };
  expect(await call(joseph, 'PUT', `/${id}/messages/${question}/reactions`, reacted)).toMatchObject({
    body: { changed: true, position: expect.any(String) },
  });
  expect(await call(joseph, 'PUT', `/${id}/messages/${question}/reactions`, reacted)).toMatchObject({
    body: { changed: false },
  });
  const thread = await call(joseph, 'GET', `/${id}/messages?replyTo=${question}`);
  expect(thread.body.data).toMatchObject([{ messageId: reply, replyTo: question }]);
  await call(joseph, 'POST', `/${id}/read`, { messageId: reply });
  const first = await call(esther, 'GET', `/${id}/messages?limit=1`);
  expect(first.body).toMatchObject({
    data: [{ messageId: reply }],
    receipts: [{ userId: joseph.userId, messageId: reply }],
  });
  const second = await call(esther, 'GET', `/${id}/messages?limit=1&before=${first.body['next']}`);
  expect(second.body.data).toMatchObject([
    { messageId: question, reactions: [{ emoji: '👍', userIds: [joseph.userId] }] },
  ]);
});

test('attachments are links with a type and a size, and nothing else is taken', async () => {
  const id = await open(esther);
  const one = { name: 'trip.pdf', mimeType: 'application/pdf', size: 1_000, reference: 'trips/7/trip.pdf' };
  await say(esther, id, 'Sign this.', { attachments: [one] });
  for (const wrong of [
    { ...one, mimeType: 'text/html' },
    { ...one, size: 26_214_401 },
    { ...one, reference: 'javascript:alert(1)' },
    { ...one, reference: 'data:application/pdf;base64,AAAA' },
    { ...one, name: '../x' },
  ]) {
    expect(await statusOf(esther, 'POST', `/${id}/messages`, { body: 'x', attachments: [wrong] })).toBe(422);
  }
  expect(
    await statusOf(esther, 'POST', `/${id}/messages`, { body: 'x', attachments: Array(11).fill(one) }),
  ).toBe(422);
});

test('only its author edits a message; its author, or who moderates, removes it, and its content is gone', async () => {
  const id = await open(esther);
  await call(joseph, 'POST', `/${id}/join`);
  await call(mary, 'POST', `/${id}/join`);
  const messageId = await say(joseph, id, 'Presure');
  const path = `/${id}/messages/${messageId}`;
  for (const who of [mary, esther]) expect(await statusOf(who, 'PUT', path, { body: 'x' })).toBe(403);
  expect(await call(joseph, 'PUT', path, { body: 'Pressure' })).toMatchObject({
    body: { data: { body: 'Pressure', editedAt: expect.any(String) } },
  });
  await call(mary, 'PUT', `${path}/reactions`, { emoji: '❓', present: true });
  expect(await statusOf(mary, 'DELETE', path)).toBe(403);
  expect(await call(esther, 'DELETE', path)).toMatchObject({
    body: { data: { body: '', deletedAt: expect.any(String) } },
  });
  expect(await statusOf(joseph, 'PUT', path, { body: 'x' })).toBe(409);
  const { body } = await call(mary, 'GET', `/${id}/messages`);
  expect(body.data).toMatchObject([{ messageId, body: '', attachments: [], reactions: [] }]);
});

test('unread messages of others are counted from the moment one joins, and reading on one device tells the other', async () => {
  const id = await open(esther);
  await say(esther, id, 'before');
  await call(joseph, 'POST', `/${id}/join`);
  await say(joseph, id, 'my own');
  const messages = [await say(esther, id, 'one'), await say(esther, id, 'two')];
  const unread = async () => {
    const { body } = await call(joseph, 'GET', `/${id}`);
    return body.data['unread'];
  };
  expect(await unread()).toBe(2);
  await using tablet = await joinAs(school, joseph, [`school_channel:${id}`]);
  await call(joseph, 'POST', `/${id}/read`, { messageId: messages[0] });
  expect((await tablet.next('chatRead'))['data']).toMatchObject({
    channelId: id,
    userId: joseph.userId,
    messageId: messages[0],
  });
  expect(await unread()).toBe(1);
  const { body } = await call(joseph, 'GET', '?joined=true');
  const own = body.data as unknown as { unread: number }[];
  expect(own).toContainEqual(expect.objectContaining({ channelId: id, role: 'member', unread: 1 }));
  expect(body['unread']).toBe(own.reduce((sum, each) => sum + each.unread, 0));
});

test('an archived channel is read and not written', async () => {
  const id = await open(esther);
  const messageId = await say(esther, id, 'kept');
  expect(await call(esther, 'DELETE', `/${id}`)).toMatchObject({
    body: { data: { archivedAt: expect.any(String) } },
  });
  expect(await statusOf(esther, 'POST', `/${id}/messages`, { body: 'x' })).toBe(409);
  expect(await statusOf(joseph, 'POST', `/${id}/join`)).toBe(409);
  const { body } = await call(esther, 'GET', `/${id}/messages`);
  expect(body.data).toMatchObject([{ messageId }]);
});

test('channels and members are paged without a gap, and a cursor that no page gave is refused', async () => {
  for (let each = 0; each < 3; each++) await open(ruth, { name: `Page ${each}` });
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await call(ruth, 'GET', `?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...(body.data as unknown as { channelId: string }[]).map(({ channelId }) => channelId));
    if (body['nextCursor'] === null) break;
    cursor = String(body['nextCursor']);
  }
  const { body } = await call(ruth, 'GET', '?limit=200');
  expect(seen).toEqual((body.data as unknown as { channelId: string }[]).map(({ channelId }) => channelId));
  expect(await statusOf(ruth, 'GET', '?cursor=AAAA')).toBe(422);
});

test('a director in the context of one school sees no channel of the other', async () => {
  const id = await open(esther);
  expect(await statusOf(amina, 'GET', `/${id}`)).toBe(200);
  expect(await statusOf({ ...amina, tenants: ['school-2'] }, 'GET', `/${id}`)).toBe(404);
  expect(await statusOf(grace, 'GET', `/${id}`)).toBe(200);
});
