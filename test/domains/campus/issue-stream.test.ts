import { afterAll, beforeAll, expect, test } from 'bun:test';
import { EventSource } from 'eventsource';
import { createInbox } from '../../support/clients/inbox.ts';
import { startTcpRelay } from '../../support/network/tcp-relay.ts';
import {
  admin,
  type Campus,
  createCampusDatabase,
  headersOf,
  nextEvent,
  northfield,
  staff,
  startCampus,
} from './support.ts';

const path = '/api/realtime/issues/stream?organizationId=org123';

let campus: Campus;
beforeAll(async () => {
  campus = await startCampus();
});
afterAll(() => campus[Symbol.asyncDispose]());

const offsetOf = (id = '') => Number(id.split(':').at(-1));
const change = (id: string, body: object) => campus.call(northfield, `/api/issues/${id}`, body, 'PATCH');
const remove = (id: string) => campus.call(admin, `/api/issues/${id}`, undefined, 'DELETE');

test('the state comes first, then each change, each with its position', async () => {
  await using stream = await campus.stream(northfield, path);
  const initial = await nextEvent(stream);
  const start = offsetOf(initial.id);
  expect(initial).toMatchObject({
    type: 'initial',
    id: expect.stringMatching(/^campus_org:org123@\w+:\d+$/),
    data: { more: false, issues: expect.arrayContaining([expect.objectContaining({ id: 'issue123' })]) },
  });
  const issue = await campus.report('New');
  expect(await nextEvent(stream)).toMatchObject({ type: 'created', data: issue });
  await change(issue.id, { title: 'Newer' });
  expect(await nextEvent(stream)).toMatchObject({ type: 'updated', data: { id: issue.id, title: 'Newer' } });
  await campus.call(staff, `/api/issues/${issue.id}/resolve`, { resolution: 'x' });
  expect(await nextEvent(stream)).toMatchObject({ type: 'updated', data: { status: 'resolved' } });
  await remove(issue.id);
  const { type, data, id } = await nextEvent(stream);
  expect({ type, data, offset: offsetOf(id) }).toEqual({
    type: 'deleted',
    data: { id: issue.id },
    offset: start + 4,
  });
});

test('a filtered list hears of what comes to match, changes within it, and leaves it, and of nothing else', async () => {
  const query = '&buildingId=building124&priorities=high,critical&statuses=open,in_progress';
  await using stream = await campus.stream(northfield, path + query);
  expect(await nextEvent(stream)).toMatchObject({ type: 'initial', data: { issues: [] } });
  await campus.report('elsewhere', { priority: 'high' });
  const { id } = await campus.report('here', { buildingId: 'building124', priority: 'low' });
  const steps: [body: object, type: string | undefined][] = [
    [{ title: 'still low' }, undefined],
    [{ priority: 'high' }, 'created'],
    [{ title: 'high' }, 'updated'],
    [{ buildingId: 'building123' }, 'deleted'],
    [{ title: 'away' }, undefined],
    [{ buildingId: 'building124' }, 'created'],
    [{ priority: 'low' }, 'deleted'],
  ];
  for (const [body, type] of steps) {
    await change(id, body);
    if (type) expect(await nextEvent(stream)).toMatchObject({ type, data: { id } });
  }
  const other = await campus.report('resolved', { buildingId: 'building124', priority: 'critical' });
  expect(await nextEvent(stream)).toMatchObject({ type: 'created', data: other });
  await campus.call(staff, `/api/issues/${other.id}/resolve`, { resolution: 'x' });
  expect(await nextEvent(stream)).toMatchObject({ type: 'deleted', data: { id: other.id } });
  await remove(id);
  await remove(other.id);
  const end = await campus.report('end', { buildingId: 'building124', priority: 'high' });
  expect(await nextEvent(stream)).toMatchObject({ type: 'created', data: end });
});

test('EventSource, cut and coming back by itself, has every change once and no second initial', async () => {
  await using relay = await startTcpRelay(campus.url);
  const inbox = createInbox<{ type: string; title: string | undefined }>('EventSource');
  const source = new EventSource(`http://127.0.0.1:${relay.port}${path}`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headersOf(northfield) } }),
  });
  source.onmessage = ({ data }) => {
    const { type, data: about } = JSON.parse(data);
    if (type !== 'heartbeat') inbox.push({ type, title: about.title });
  };
  const next = () => inbox.next(() => true, 'event', 10_000);
  expect(await next()).toMatchObject({ type: 'initial' });
  const titles: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (const when of ['live', 'away', 'away too']) {
      titles.push(`${when} ${round}`);
      if (when === 'away') relay.cut();
      await campus.report(titles.at(-1) ?? '');
    }
    for (const title of titles.slice(-3)) expect(await next()).toEqual({ type: 'created', title });
  }
  source.close();
  expect(inbox.all(() => true)).toHaveLength(1 + titles.length);
}, 60_000);

test('a new process goes on where the last one was; what the log does not hold any more begins anew', async () => {
  await using database = await createCampusDatabase();
  await using first = await startCampus({}, { database });
  const stream = await first.stream(northfield, path);
  await nextEvent(stream);
  await first.report('one');
  const { id: seen } = await nextEvent(stream);
  await stream[Symbol.asyncDispose]();
  await first.report('two');
  await first[Symbol.asyncDispose]();

  await using second = await startCampus({}, { database });
  await using resumed = await second.stream(northfield, path, seen);
  expect((await resumed.next()).data).toMatchObject({ type: 'heartbeat' });
  expect(await nextEvent(resumed)).toMatchObject({ type: 'created', data: { title: 'two' } });

  const lost = ['campus_org:org123@0therlife:1', 'campus_org:org123@abc:999', 'nonsense', `${seen}0000`];
  for (const id of lost) {
    await using anew = await second.stream(northfield, path, id);
    const initial = await nextEvent(anew);
    expect(initial).toMatchObject({ type: 'initial', data: { issues: { length: 4 } } });
    expect(anew.all().map(({ data }) => (data as { type: string }).type)).toEqual(['initial']);
  }
  await resumed[Symbol.asyncDispose]();
  await second.database.query('delete from realtime_publications where "offset" = 2');
  await second[Symbol.asyncDispose]();

  await using third = await startCampus({}, { database });
  await using pruned = await third.stream(northfield, path, seen);
  expect(await nextEvent(pruned)).toMatchObject({ type: 'initial' });
});

test('a log that begins a new life ends the stream, whose client then begins anew', async () => {
  await using other = await startCampus({ HEAD_CHECK_MS: '50' });
  await using stream = await other.stream(northfield, path);
  const { id } = await nextEvent(stream);
  await other.database.query('truncate realtime_channels, realtime_publications');
  expect(await stream.next('end')).toMatchObject({ data: { reason: 'renew' } });
  expect(await stream.ended).toBe(true);
  await using again = await other.stream(northfield, path, id);
  expect(await nextEvent(again)).toMatchObject({ type: 'initial' });
});

test('while others write, a stream is its initial state and every change after it', async () => {
  const writing = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; n < 8; n++) await campus.report(`write ${writer} ${n}`);
  });
  const streams = await Promise.all(Array.from({ length: 8 }, () => campus.stream(northfield, path)));
  await Promise.all(writing);
  const { id: last } = await campus.report('last');
  const { body } = await campus.call(northfield, '/api/issues?organizationId=org123');
  const wanted = (body as { data: { id: string }[] }).data.map(({ id }) => id).sort();
  for (const stream of streams) {
    const seen: string[] = [];
    while (!seen.includes(last)) {
      const { type, data } = await nextEvent(stream);
      if (type === 'initial') seen.push(...(data as { issues: { id: string }[] }).issues.map(({ id }) => id));
      else seen.push((data as { id: string }).id);
    }
    expect(seen.sort()).toEqual(wanted);
    await stream[Symbol.asyncDispose]();
  }
});

test('a service that publishes nonsense on the channel does not harm the streams', async () => {
  await using stream = await campus.stream(northfield, path);
  await nextEvent(stream);
  for (const data of [null, 1, 'x', [], {}, { issue: 7 }]) {
    await campus.post('/api/realtime/publish', { channel: 'campus_org:org123', type: 'issue:updated', data });
  }
  const issue = await campus.report('After nonsense');
  let event = await nextEvent(stream);
  while (event.type !== 'created') event = await nextEvent(stream);
  expect(event.data).toEqual(issue);
});

test('a change of an issue that was left out of a long list brings it, and the next one updates it', async () => {
  await using long = await startCampus();
  await long.database.query(
    `insert into campus.issues (id, organization_id, campus_id, title, lat, lng, reported_by, updated_at)
    select 'old-' || n, 'org123', 'campus123', 'Old', 0, 0, 'student1', now() - n * interval '1 minute'
    from generate_series(1, 600) n`,
  );
  await using stream = await long.stream(northfield, path);
  const initial = await nextEvent(stream);
  expect(initial).toMatchObject({ type: 'initial', data: { more: true } });
  expect((initial.data as { issues: object[] }).issues).toHaveLength(500);
  const edit = (id: string, title: string) => long.call(northfield, `/api/issues/${id}`, { title }, 'PATCH');
  for (const [id, title, type] of [
    ['old-600', 'Dusty', 'created'],
    ['old-600', 'Dustier', 'updated'],
    ['old-1', 'Clean', 'updated'],
  ] as const) {
    await edit(id, title);
    expect(await nextEvent(stream)).toMatchObject({ type, data: { id, title } });
  }
});
