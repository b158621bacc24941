import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConnectError, openSocketIo } from '../../support/clients/socket-io-client.ts';
import { openSse, type Refused } from '../../support/clients/sse-client.ts';
import { joinAs, settle } from '../../support/services/session.ts';
import {
  type Campus,
  harbour,
  headersOf,
  type Member,
  nextEvent,
  northfield,
  startCampus,
} from './support.ts';

/** Two organisations: what is whose, and every way in. */
const own = new Map<Member, Readonly<Record<'organization' | 'campus' | 'building' | 'issue', string>>>([
  [northfield, { organization: 'org123', campus: 'campus123', building: 'building123', issue: 'issue123' }],
  [harbour, { organization: 'org456', campus: 'campus456', building: 'building456', issue: 'issue456' }],
]);
const outsider: Member = { userId: 'nobody', tenants: [] };
const nothing = { organization: 'org0', campus: 'campus0', building: 'building0', issue: 'issue0' };
/** The answer to everybody, for anything that is not theirs, or not there. */
const foreign = [
  [northfield, own.get(harbour) ?? nothing],
  [harbour, own.get(northfield) ?? nothing],
  [outsider, own.get(northfield) ?? nothing],
  [outsider, nothing],
  [northfield, nothing],
] as const;

let campus: Campus;
beforeAll(async () => {
  campus = await startCampus();
});
afterAll(() => campus[Symbol.asyncDispose]());

const channelsOf = ({ organization, campus, building }: typeof nothing) => [
  `campus_org:${organization}`,
  `campus:${campus}`,
  `campus_building:${building}`,
  `campus_heatmap:${organization}`,
];

test('no route reads, writes or tells of what another organisation has', async () => {
  const state = () => campus.database.query('select * from campus.issues order by id');
  const before = await state();
  for (const [who, { organization, campus: campusId, building, issue }] of foreign) {
    const routes: [method: string, path: string, status: number, body?: object][] = [
      ['GET', `/api/issues/${issue}`, 404],
      ['PATCH', `/api/issues/${issue}`, 404, { title: 'mine now' }],
      ['POST', `/api/issues/${issue}/resolve`, 404, { resolution: 'gone' }],
      ['POST', `/api/issues/${issue}/assign`, 404, { assigneeId: who.userId }],
      ['DELETE', `/api/issues/${issue}`, 404],
      ['POST', '/api/issues', 404, { title: 'x', campusId, buildingId: building }],
      ['GET', `/api/issues?organizationId=${organization}`, 403],
      ['GET', `/api/places?organizationId=${organization}`, 403],
      ['GET', `/api/heatmap?organizationId=${organization}`, 403],
      ['GET', `/api/heatmap?organizationId=${organization}&format=geojson`, 403],
      ['GET', `/api/realtime/issues/stream?organizationId=${organization}`, 403],
      ['GET', `/api/realtime/heatmap/stream?organizationId=${organization}`, 403],
      ...channelsOf({ organization, campus: campusId, building, issue }).map(
        (channel): [string, string, number] => ['GET', `/api/realtime/channels/${channel}/publications`, 403],
      ),
    ];
    for (const [method, path, status, body] of routes) {
      const answer = await campus.call(who, path, body, method);
      expect({ who: who.userId, method, path, status: answer.status }).toEqual({
        who: who.userId,
        method,
        path,
        status,
      });
    }
  }
  expect(await state()).toEqual(before);
});

test('filters of one’s own organisation do not reach into another', async () => {
  const filters = [
    'campusId=campus456',
    'buildingId=building456',
    'campusId=campus456&buildingId=building456',
  ];
  for (const filter of filters) {
    const list = await campus.call(northfield, `/api/issues?organizationId=org123&${filter}`);
    expect(list).toMatchObject({ status: 200, body: { data: [] } });
    await using stream = await campus.stream(
      northfield,
      `/api/realtime/issues/stream?organizationId=org123&${filter}`,
    );
    expect((await nextEvent(stream)).data).toEqual({ issues: [], more: false });
  }
  const heatmap = '/api/heatmap?organizationId=org123&buildingIds=building456';
  expect((await campus.call(northfield, heatmap)).body).toMatchObject({ data: { points: [] } });
});

test('sockets of every kind hear of their own organisation alone, live and by position', async () => {
  const hears = async (who: Member, mine: typeof nothing, theirs: typeof nothing) => {
    await using native = await joinAs(campus, who);
    await using socketIo = await openSocketIo(campus.url, { auth: { ...who } });
    for (const channel of channelsOf(theirs)) {
      for (const since of [undefined, 'abc:0']) {
        native.send({ type: 'subscribe', channel, since });
        expect(await native.next('error')).toMatchObject({ code: 'forbidden', channel });
        native.send({ type: 'sync_request', channel, since });
        expect(await native.next('error')).toMatchObject({ code: 'forbidden' });
      }
    }
    const rooms = (of: typeof nothing): [string, object][] => [
      ['organization', { organizationId: of.organization }],
      ['campus', { campusId: of.campus }],
      ['building', { buildingId: of.building }],
      ['heatmap', { organizationId: of.organization }],
    ];
    for (const [room, payload] of rooms(theirs)) {
      expect(await socketIo.ask(`subscribe:${room}`, payload)).toMatchObject({
        type: 'error',
        code: 'forbidden',
      });
      socketIo.socket.emit(`subscribe:${room}`, { ...payload, since: 'abc:0' });
      expect(await socketIo.next('error')).toMatchObject({ code: 'forbidden' });
    }
    for (const [n, [room, payload]] of rooms(mine).entries()) {
      native.send({ type: 'subscribe', channel: channelsOf(mine)[n] });
      await native.next('subscribed');
      expect(await socketIo.ask(`subscribe:${room}`, payload)).toMatchObject({ type: 'subscribed' });
    }
    await using issues = await campus.stream(
      who,
      `/api/realtime/issues/stream?organizationId=${mine.organization}`,
    );
    await nextEvent(issues);
    for (const { campus: campusId, building: buildingId, organization } of [theirs, mine]) {
      const body = { title: `of ${organization}`, campusId, buildingId };
      expect((await campus.call(undefined, '/api/issues', body)).status).toBe(200);
    }
    const title = `of ${mine.organization}`;
    expect(await nextEvent(issues)).toMatchObject({ type: 'created', data: { title } });
    await settle(native);
    await socketIo.ask('ping');
    const frames = native.all('issue:created').map((frame) => Object(frame['data']).issue.title);
    const payloads = socketIo.all('issue:created').map((payload) => Object(payload).issue.title);
    expect([frames, payloads]).toEqual([Array(3).fill(title), Array(3).fill(title)]);
  };
  const [a = nothing, b = nothing] = [own.get(northfield), own.get(harbour)];
  await hears(northfield, a, b);
  await hears(harbour, b, a);
});

test('a position of another organisation’s channel opens nothing', async () => {
  await using stream = await campus.stream(harbour, '/api/realtime/issues/stream?organizationId=org456');
  const { id } = await nextEvent(stream);
  const opening = campus.stream(northfield, '/api/realtime/issues/stream?organizationId=org456', id);
  expect(await opening.catch((error: Refused) => error.status)).toBe(403);
  await using mine = await campus.stream(northfield, '/api/realtime/issues/stream?organizationId=org123', id);
  const initial = await nextEvent(mine);
  expect(initial.type).toBe('initial');
  expect(new Set(Object(initial.data).issues.map((issue: object) => Object(issue).organizationId))).toEqual(
    new Set(['org123']),
  );
  const { epoch } = /@(?<epoch>\w+):/.exec(id ?? '')?.groups ?? {};
  const resume = openSocketIo(campus.url, {
    auth: { ...northfield, since: `campus_org:org456@${epoch}:0` },
  });
  await using client = await resume.catch((error: ConnectError) => {
    throw error;
  });
  expect(await client.next('error')).toMatchObject({ code: 'forbidden', channel: 'campus_org:org456' });
});

test('a service enters every organisation there is, and none that is not', async () => {
  for (const organization of ['org123', 'org456']) {
    await using stream = await openSse(
      `${campus.url}/api/realtime/issues/stream?organizationId=${organization}`,
    );
    expect((await nextEvent(stream)).type).toBe('initial');
  }
  for (const path of [
    '/api/issues?',
    '/api/places?',
    '/api/heatmap?',
    '/api/realtime/issues/stream?',
    '/api/realtime/heatmap/stream?',
  ]) {
    const { status, body } = await campus.get(`${path}organizationId=org0`, headersOf(undefined));
    expect({ path, status, body }).toMatchObject({ path, status: 404, body: { code: 'unknown_channel' } });
  }
});

test('payloads that name no room are answered with an error, by acknowledgement or event', async () => {
  await using client = await openSocketIo(campus.url, { auth: { ...northfield } });
  for (const payload of [
    {},
    { organizationId: '' },
    { organizationId: 7 },
    { organizationId: ['org123'] },
    'org123',
    null,
    7,
    [],
  ]) {
    expect(await client.ask('subscribe:organization', payload)).toMatchObject({
      type: 'error',
      code: 'invalid_frame',
    });
    client.socket.emit('unsubscribe:organization', payload);
    expect(await client.next('error')).toMatchObject({ code: 'invalid_frame' });
  }
  for (const organizationId of ['a b', 'a:b', 'ä', 'x'.repeat(150)]) {
    const answer = await client.ask('subscribe:organization', { organizationId });
    expect(['unknown_channel', 'forbidden']).toContain(String(answer['code']));
  }
  expect(await client.ask('subscribe:planet', { organizationId: 'org123' })).toMatchObject({
    code: 'unknown_type',
  });
});
