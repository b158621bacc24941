import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Issue } from '../../../src/domains/campus/model.ts';
import { joinAs, settle } from '../../support/services/session.ts';
import { admin, type Campus, createCampusDatabase, northfield, staff, startCampus } from './support.ts';

let campus: Campus;
beforeAll(async () => {
  campus = await startCampus();
});
afterAll(() => campus[Symbol.asyncDispose]());

const issuesOf = (body: unknown) => (body as { data: Issue[] }).data;
const columns = (id: string) => campus.database.query('select * from campus.issues where id = $1', [id]);

test('each operation is published with what it needs, on all three levels and on the heatmap', async () => {
  const channels = [
    'campus_org:org123',
    'campus:campus123',
    'campus_building:building123',
    'campus_heatmap:org123',
  ];
  await using client = await joinAs(campus, northfield, channels);
  const next = async (type: string) => {
    const frames = [await client.next(type), await client.next(type), await client.next(type)];
    expect(frames.map(({ channel }) => channel)).toEqual(channels.slice(0, 3));
    const heat = await client.next('heatmap:updated');
    const region = { campusId: 'campus123', buildingId: 'building123', cell: expect.any(String) };
    expect(heat['data']).toEqual({ issueId: expect.any(String), changeType: type.slice(6), region });
    expect(frames[1]?.['data']).toEqual(frames[0]?.['data']);
    return frames[0]?.['data'];
  };
  const issue = await campus.report('Cold radiator', { severity: 'high' });
  const { id } = issue;
  expect(issue).toMatchObject({
    organizationId: 'org123',
    status: 'open',
    location: { lat: 14.6546, lng: 121.0711 },
  });
  expect(await next('issue:created')).toEqual({ issueId: id, issue });

  const updated = await campus.call(northfield, `/api/issues/${id}`, { priority: 'critical' }, 'PATCH');
  const changes = { priority: { from: 'medium', to: 'critical' } };
  const after = (updated.body as { data: Issue }).data;
  expect(after).toMatchObject({ version: 2, priority: 'critical' });
  expect(await next('issue:updated')).toEqual({ issueId: id, issue: after, changes });

  const assigned = await campus.call(staff, `/api/issues/${id}/assign`, { assigneeId: 'janitor1' });
  expect(assigned.body).toMatchObject({ success: true, data: { assigneeId: 'janitor1', version: 3 } });
  expect(await next('issue:assigned')).toMatchObject({
    issue: { id, version: 3 },
    assignment: { assigneeId: 'janitor1', previousAssigneeId: null, assignedBy: 'staff1' },
  });

  const resolution = 'Valve replaced.';
  const resolved = await campus.call(staff, `/api/issues/${id}/resolve`, { resolution });
  const details = { resolution, resolvedBy: 'staff1', resolvedAt: expect.any(String) };
  expect(resolved.body).toMatchObject({ data: { status: 'resolved', ...details } });
  expect(await next('issue:resolved')).toMatchObject({
    issue: { id, status: 'resolved' },
    resolution: details,
  });
  expect((await campus.call(staff, `/api/issues/${id}/resolve`, { resolution })).status).toBe(409);

  const deleted = await campus.call(admin, `/api/issues/${id}`, undefined, 'DELETE');
  expect(deleted).toMatchObject({ status: 200, body: { success: true, id } });
  expect(await next('issue:deleted')).toMatchObject({ issueId: id, issue: { id, status: 'resolved' } });
  expect((await campus.call(northfield, `/api/issues/${id}`)).status).toBe(404);
});

test('an issue that moves is told where it was and where it is', async () => {
  const { id } = await campus.report('Wandering ladder');
  const rooms = ['campus_building:building123', 'campus_building:building124'];
  await using client = await joinAs(campus, northfield, rooms);
  await campus.call(northfield, `/api/issues/${id}`, { buildingId: 'building124' }, 'PATCH');
  const heard = [await client.next('issue:updated'), await client.next('issue:updated')];
  expect(heard.map(({ channel }) => channel).sort()).toEqual(rooms);
  expect(heard[0]?.['data']).toMatchObject({
    changes: { buildingId: { from: 'building123', to: 'building124' } },
  });
});

test('an issue that moves takes the location of its new place, unless it brings one', async () => {
  const { id } = await campus.report('Wandering chair', { location: { lat: 1, lng: 2 } });
  const moved = async (body: object) => {
    const answer = await campus.call(northfield, `/api/issues/${id}`, body, 'PATCH');
    const { buildingId, location } = (answer.body as { data: Issue }).data;
    return { buildingId, location };
  };
  expect(await moved({ title: 'Chair' })).toEqual({
    buildingId: 'building123',
    location: { lat: 1, lng: 2 },
  });
  const hall = { lat: 14.6565, lng: 121.0692 };
  expect(await moved({ buildingId: 'building124' })).toEqual({ buildingId: 'building124', location: hall });
  const grounds = { lat: 14.6538, lng: 121.0685 };
  expect(await moved({ buildingId: null })).toEqual({ buildingId: null, location: grounds });
  const corner = { lat: 3, lng: 4 };
  expect(await moved({ buildingId: 'building123', location: corner })).toEqual({
    buildingId: 'building123',
    location: corner,
  });
});

test('a resolved issue that is opened again has no resolution', async () => {
  const { id } = await campus.report('Dripping tap');
  await campus.call(staff, `/api/issues/${id}/resolve`, { resolution: 'Washer.' });
  const { body } = await campus.call(northfield, `/api/issues/${id}`, { status: 'open' }, 'PATCH');
  expect(body).toMatchObject({
    data: { status: 'open', resolution: null, resolvedBy: null, resolvedAt: null },
  });
});

test('what changes nothing is neither written nor published', async () => {
  const { id } = await campus.report('Static');
  await using client = await joinAs(campus, northfield, ['campus_org:org123', 'campus_heatmap:org123']);
  const same = { title: 'Static', location: { lat: 14.6546, lng: 121.0711 } };
  const { body } = await campus.call(northfield, `/api/issues/${id}`, same, 'PATCH');
  expect(body).toMatchObject({ success: true, data: { version: 1 } });
  await settle(client);
  expect([client.all('issue:updated'), client.all('heatmap:updated')]).toEqual([[], []]);
});

test('wrong shapes, places that are not there and stale versions are refused, and nothing changes', async () => {
  const { id } = await campus.report('Rattle');
  const before = await columns(id);
  const refused: [method: string, path: string, body: object, status: number][] = [
    ['POST', '/api/issues', { title: 'x' }, 422],
    ['POST', '/api/issues', { title: '', campusId: 'campus123' }, 422],
    ['POST', '/api/issues', { title: 'x', campusId: 'campus123', severity: 'huge' }, 422],
    ['POST', '/api/issues', { title: 'x', campusId: 'campus123', location: { lat: 91, lng: 0 } }, 422],
    ['POST', '/api/issues', { title: 'x', campusId: 'nowhere' }, 404],
    ['POST', '/api/issues', { title: 'x', campusId: 'campus123', buildingId: 'building456' }, 404],
    ['PATCH', `/api/issues/${id}`, {}, 422],
    ['PATCH', `/api/issues/${id}`, { status: 'resolved' }, 422],
    ['PATCH', `/api/issues/${id}`, { buildingId: 'building456' }, 404],
    ['PATCH', `/api/issues/${id}`, { campusId: 'campus456' }, 404],
    ['PATCH', `/api/issues/${id}`, { title: 'y', version: 7 }, 409],
    ['POST', `/api/issues/${id}/resolve`, {}, 422],
    ['POST', `/api/issues/${id}/resolve`, { resolution: 'x', version: 2 }, 409],
    ['POST', `/api/issues/${id}/assign`, {}, 422],
    ['PATCH', '/api/issues/none', { title: 'y' }, 404],
  ];
  for (const [method, path, body, status] of refused) {
    const answer = await campus.call(staff, path, body, method);
    expect({ method, path, body, status: answer.status }).toEqual({ method, path, body, status });
  }
  expect(await columns(id)).toEqual(before);
});

test('of many who change one version at once exactly one wins; without a version all do, one after the other', async () => {
  const { id } = await campus.report('Contested');
  await using client = await joinAs(campus, northfield, ['campus_org:org123']);
  const change = (title: string, more = {}) =>
    campus.call(northfield, `/api/issues/${id}`, { title, ...more }, 'PATCH');
  const guarded = await Promise.all(
    Array.from({ length: 8 }, (_, n) => change(`guarded ${n}`, { version: 1 })),
  );
  expect(guarded.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
  const free = await Promise.all(Array.from({ length: 8 }, (_, n) => change(`free ${n}`)));
  expect(free.every(({ status }) => status === 200)).toBe(true);
  // Answers of statements that ran side by side come in any order, so that a publication may wait for the one before.
  for (const version of [2, 3, 4, 5, 6, 7, 8, 9, 10]) {
    expect(await client.next('issue:updated')).toMatchObject({ data: { issue: { version } } });
  }
});

test('a change whose publication cannot be stored has not happened, and one that has happened is published', async () => {
  await using database = await createCampusDatabase();
  await using broken = await startCampus({}, { database });
  await broken.database.query(
    `alter table realtime_publications add constraint none check (type <> 'heatmap:updated')`,
  );
  const answer = await broken.call(staff, '/api/issues/issue123/resolve', { resolution: 'Done.' });
  expect(answer.status).toBe(500);
  expect(await broken.database.query(`select status from campus.issues where id = 'issue123'`)).toEqual([
    { status: 'open' },
  ]);
  expect(await broken.database.query('select from realtime_publications')).toEqual([]);
});

test('a list and its position come from one moment: what follows is neither missing nor there twice', async () => {
  const writing = Array.from({ length: 5 }, async (_, writer) => {
    for (let n = 0; n < 10; n++) await campus.report(`burst ${writer} ${n}`);
  });
  const lists = [];
  for (let n = 0; n < 5; n++) {
    const { body } = await campus.call(northfield, '/api/issues?organizationId=org123');
    lists.push(body as { data: Issue[]; position: string });
  }
  await Promise.all(writing);
  const final = issuesOf((await campus.call(northfield, '/api/issues?organizationId=org123')).body);
  const wanted = final.map(({ id }) => id).sort();
  for (const { data, position } of lists) {
    await using client = await joinAs(campus, northfield);
    client.send({ type: 'subscribe', channel: 'campus_org:org123', since: position });
    expect(await client.next('subscribed')).toMatchObject({ recovered: true });
    await settle(client);
    const created = client.all('issue:created').map((frame) => (frame['data'] as { issue: Issue }).issue.id);
    expect([...data.map(({ id }) => id), ...created].sort()).toEqual(wanted);
  }
});

test('lists are filtered by place, priority and status', async () => {
  const { id } = await campus.report('Filtered', { priority: 'critical', buildingId: 'building124' });
  const list = async (query: string) =>
    issuesOf((await campus.call(northfield, `/api/issues?organizationId=org123&${query}`)).body).map(
      ({ id }) => id,
    );
  expect(await list('priorities=critical&statuses=open&buildingId=building124')).toEqual([id]);
  expect(await list('priorities=critical,low&statuses=resolved')).not.toContain(id);
  expect(await list('campusId=campus123&priorities=high,critical')).toContain(id);
  expect(await list('campusId=campus456')).toEqual([]);
  expect((await campus.call(northfield, '/api/issues?organizationId=org123&statuses=shut')).status).toBe(422);
});
