import { afterAll, beforeAll, expect, test } from 'bun:test';
import { shellWords } from '../../docs/transcripts/transcript.ts';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { openSse } from '../../support/clients/sse-client.ts';
import { startWscat } from '../../support/clients/wscat.ts';
import { type Campus, startCampus } from './support.ts';

/** The team's own examples, letter by letter but for the address, against a fresh start in insecure mode. */

let campus: Campus;
beforeAll(async () => {
  campus = await startCampus();
});
afterAll(() => campus[Symbol.asyncDispose]());

const organizationId = 'org123';

function curl(command: string, { url: base } = campus): { url: string; headers: Record<string, string> } {
  const words = shellWords(command.replaceAll('\\\n', ' '));
  const headers = words.filter((_, n) => words[n - 1] === '-H').map((header) => header.split(': '));
  const url = words.find((word) => word.startsWith('http')) ?? '';
  return { url: url.replace('http://localhost:3001', base), headers: Object.fromEntries(headers) };
}

test('curl follows the heatmap', async () => {
  await using fresh = await startCampus();
  const { url, headers } = curl(
    `curl -N -H "Accept: text/event-stream" \\
  "http://localhost:3001/api/realtime/heatmap/stream?organizationId=org123&token=JWT"`,
    fresh,
  );
  await using stream = await openSse(url, headers);
  const { event, data, id, retry } = await stream.next();
  expect(stream.headers.get('content-type')).toStartWith('text/event-stream');
  expect({ event, id, retry }).toEqual({
    event: 'message',
    id: expect.stringMatching(/^campus_heatmap:org123@\w+:0$/),
    retry: expect.any(Number),
  });
  expect(data).toEqual({ type: 'initial', data: expect.any(Object), timestamp: expect.any(String) });
  expect(data).toMatchObject({
    data: { resolution: 10, points: [{ count: 1, intensity: 1 }, { count: 1 }] },
  });
});

test('curl reads the numbers', async () => {
  const { url, headers } = curl(`curl -H "Authorization: Bearer JWT" \\
  "http://localhost:3001/api/realtime/stats"`);
  const answer = await fetch(url, { headers });
  expect(await answer.json()).toMatchObject({
    success: true,
    process: { connections: expect.any(Number), byTransport: { websocket: 0 }, streams: expect.any(Number) },
    everywhere: { users: { sse: 0 } },
  });
});

test('wscat connects to the address of the server alone', async () => {
  const words = shellWords(`wscat -c ws://localhost:3001 --auth '{"token":"YOUR_JWT"}'`);
  const address = (words[2] ?? '').replace('ws://localhost:3001', campus.url.replace('http', 'ws'));
  await using wscat = await startWscat(address, words.slice(3));
  expect(JSON.parse(await wscat.next())).toMatchObject({ type: 'connected' });
  wscat.send({ type: 'auth', token: 'YOUR_JWT' });
  expect(JSON.parse(await wscat.next())).toMatchObject({ type: 'authenticated' });
  wscat.send({ type: 'subscribe', channel: 'campus_org:org123' });
  expect(JSON.parse(await wscat.next())).toMatchObject({ type: 'subscribed' });
  const issue = await campus.report('Seen in a terminal');
  expect(JSON.parse(await wscat.next())).toMatchObject({ type: 'issue:created', data: { issue } });
});

test('the client of the document hears of a new issue in its organisation', async () => {
  const { promise: added, resolve: addIssue } = Promise.withResolvers<{ title: string }>();
  await using client = await openSocketIo(campus.url, { auth: { token: 'JWT' } });
  const { socket } = client;
  socket.emit('subscribe:organization', { organizationId });
  socket.on('issue:created', (payload) => {
    addIssue(payload.issue);
  });
  expect(await client.next('subscribed')).toMatchObject({ channel: 'campus_org:org123' });
  await campus.report('Broken window');
  expect(await added).toMatchObject({ title: 'Broken window', organizationId, status: 'open', version: 1 });
});

test('whoever authenticates by an event may then subscribe to each kind of room, and leave it', async () => {
  await using client = await openSocketIo(campus.url);
  client.socket.emit('authenticate', { token: 'JWT' });
  await client.next('authenticated');
  const rooms: [event: string, payload: object, channel: string][] = [
    ['organization', { organizationId }, 'campus_org:org123'],
    ['campus', { campusId: 'campus123' }, 'campus:campus123'],
    ['building', { buildingId: 'building123' }, 'campus_building:building123'],
    ['heatmap', { organizationId }, 'campus_heatmap:org123'],
  ];
  for (const [room, payload, channel] of rooms) {
    client.socket.emit(`subscribe:${room}`, payload);
    expect(await client.next('subscribed')).toMatchObject({ channel });
  }
  const issue = await campus.report('Noise');
  for (const _ of ['organization', 'campus', 'building']) {
    expect(await client.next('issue:created')).toEqual({ issueId: issue.id, issue });
  }
  expect(await client.next('heatmap:updated')).toEqual({
    issueId: issue.id,
    changeType: 'created',
    region: { campusId: 'campus123', buildingId: 'building123', cell: expect.stringMatching(/^8a/) },
  });
  client.socket.emit('unsubscribe', { channel: 'campus:campus123' });
  expect(await client.ask('unsubscribe:building', { buildingId: 'building123' })).toMatchObject({
    type: 'unsubscribed',
    channel: 'campus_building:building123',
  });
  const before = client.all('issue:created').length;
  await campus.report('Silence');
  await client.next('heatmap:updated');
  await client.ask('ping');
  expect(client.all('issue:created').length - before).toBe(1);
});

test('unsubscribe without arguments leaves every room, and is answered where there is none', async () => {
  await using client = await openSocketIo(campus.url, { auth: { token: 'JWT' } });
  for (const [room, payload] of [
    ['organization', { organizationId }],
    ['heatmap', { organizationId }],
  ] as const) {
    client.socket.emit(`subscribe:${room}`, payload);
    await client.next('subscribed');
  }
  client.socket.emit('unsubscribe');
  const left = [await client.next('unsubscribed'), await client.next('unsubscribed')];
  expect(left).toMatchObject([{ channel: 'campus_org:org123' }, { channel: 'campus_heatmap:org123' }]);
  await campus.report('Unheard');
  await client.ask('ping');
  expect(client.all('issue:created')).toEqual([]);
  expect(await client.ask('unsubscribe')).toMatchObject({ type: 'unsubscribed' });
});
