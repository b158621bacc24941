import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect, type WsClient } from '../../support/clients/ws-client.ts';
import { jwtMode, makeToken, serviceKey } from '../../support/services/service.ts';
import { settle } from '../../support/services/session.ts';
import { type Clinic, startClinic } from './support.ts';

/** CASE-2 is asha1's, CASE-3 chw1's. */
const channels = [
  'clinic_cases',
  'clinic_my_cases',
  'clinic_notifications',
  'clinic_lobby',
  'clinic_case:CASE-2',
  'clinic_case:CASE-3',
  'clinic_chat:CASE-2',
  'clinic_chat:CASE-3',
];
const all = channels.filter((channel) => channel !== 'clinic_my_cases');
const own = ['clinic_my_cases', 'clinic_notifications', 'clinic_lobby'];

const people: Record<string, { user: string; role: string; reads: readonly string[] }> = {
  asha1: { user: 'asha1', role: 'asha', reads: [...own, 'clinic_case:CASE-2', 'clinic_chat:CASE-2'] },
  chw1: { user: 'chw1', role: 'chw', reads: [...own, 'clinic_case:CASE-3', 'clinic_chat:CASE-3'] },
  'another asha': { user: 'asha2', role: 'asha', reads: own },
  'a clinician': { user: 'dr-cruz', role: 'clinician', reads: all },
  'an admin': { user: 'admin1', role: 'admin', reads: all },
  'the service': { user: 'service', role: 'service', reads: all },
  'asha1 without a role here': { user: 'asha1', role: 'officer', reads: [] },
  'a role in capitals': { user: 'asha2', role: 'ASHA', reads: own },
  'a role spelled otherwise': { user: 'asha1', role: 'asha-worker', reads: [] },
};

/** A deed, and the channels on which it is heard. */
const deeds: readonly [type: string, path: string, body: object, heard: readonly string[]][] = [
  [
    'caseStatusUpdate',
    '/api/cases/update-status',
    { caseId: 'CASE-2', status: 'IN_REVIEW' },
    ['clinic_cases', 'clinic_my_cases of asha1', 'clinic_case:CASE-2'],
  ],
  [
    'newCase',
    '/api/cases',
    { patientName: 'x', complaint: 'y', workerId: 'chw1' },
    ['clinic_cases', 'clinic_my_cases of chw1'],
  ],
  [
    'notification',
    '/api/clinic/notifications',
    { userId: 'asha1', title: 't', message: 'm' },
    ['clinic_notifications of asha1'],
  ],
  ['chatMessage', '/api/cases/CASE-3/chat', { body: 'x' }, ['clinic_chat:CASE-3']],
  ['lease', '/api/cases/CASE-3/lock', { sessionId: 's' }, ['clinic_case:CASE-3']],
];

let clinic: Clinic;
const clients = new Map<string, WsClient>();
const heard = new Map<string, Set<string>>();

async function headersOf(who: string): Promise<Record<string, string>> {
  const { user = '', role = '' } = people[who] ?? {};
  if (role === 'service') return { 'x-api-key': serviceKey };
  return { authorization: `Bearer ${await makeToken({ user, role })}` };
}

beforeAll(async () => {
  clinic = await startClinic(jwtMode);
  for (const who of Object.keys(people)) {
    const client = await connect(clinic.socketUrl, { headers: await headersOf(who) });
    clients.set(who, client);
    for (const channel of channels) client.send({ type: 'subscribe', channel });
    await settle(client);
  }
  for (const [, path, body] of deeds) {
    const answer = await clinic.post(path, body, { 'x-api-key': serviceKey });
    expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  }
  for (const [who, client] of clients) {
    await settle(client);
    const publications = client.all().filter((frame) => typeof frame['offset'] === 'number');
    heard.set(who, new Set(publications.map(({ type, channel }) => `${type} on ${channel}`)));
  }
});

afterAll(async () => {
  for (const client of clients.values()) await client.close();
  await clinic[Symbol.asyncDispose]();
});

/** The deeds of which a reader of these channels hears. */
function expectedOf({ user, reads }: { user: string; reads: readonly string[] }): Set<string> {
  return new Set(
    deeds.flatMap(([type, , , places]) =>
      places.flatMap((place) => {
        const [channel = '', whose] = place.split(' of ');
        return reads.includes(channel) && (whose === undefined || whose === user)
          ? [`${type} on ${channel}`]
          : [];
      }),
    ),
  );
}

for (const [who, person] of Object.entries(people)) {
  test(`${who} subscribes to ${person.reads.join(', ') || 'nothing'}, and to nothing else`, () => {
    const client = clients.get(who);
    expect(client?.all('subscribed').map(({ channel }) => channel)).toEqual(
      channels.filter((channel) => person.reads.includes(channel)),
    );
    const denied = client?.all('error').map(({ channel, code }) => [channel, code]);
    const expected = channels.filter((channel) => !person.reads.includes(channel));
    expect(denied).toEqual(expected.map((channel) => [channel, 'forbidden']));
  });

  test(`${who} hears live what is on those channels, and nothing of others’`, () => {
    expect(heard.get(who)).toEqual(expectedOf(person));
  });

  test(`${who} gets by recovery, by sync and by polling what they would have heard, and nothing else`, async () => {
    const headers = await headersOf(who);
    await using late = await connect(clinic.socketUrl, { headers });
    const polled: string[] = [];
    for (const channel of channels) {
      late.send({ type: 'sync_request', channel, id: channel });
      const address = `/api/realtime/channels/${channel}/publications`;
      const { status, body } = await clinic.get(address, headers);
      expect({ channel, status }).toEqual({ channel, status: person.reads.includes(channel) ? 200 : 403 });
      if (status !== 200) continue;
      const { publications } = body as { publications: { type: string }[] };
      polled.push(...publications.map(({ type }) => `${type} on ${channel}`));
    }
    await settle(late);
    const synced = late
      .all('sync_response')
      .flatMap(({ channel, publications }) =>
        (publications as { type: string }[]).map(({ type }) => `${type} on ${channel}`),
      );
    expect(new Set(synced)).toEqual(expectedOf(person));
    expect(new Set(polled)).toEqual(expectedOf(person));
  });
}

test('the routes show a health worker their own cases alone, and a stranger nothing', async () => {
  const visible: Record<string, readonly string[]> = {
    asha1: ['CASE-1', 'CASE-2'],
    chw1: ['CASE-3'],
    'another asha': [],
    'a clinician': ['CASE-1', 'CASE-2', 'CASE-3'],
  };
  for (const [who, ids] of Object.entries(visible)) {
    const headers = await headersOf(who);
    const { body } = await clinic.get('/api/cases', headers);
    const listed = (body as { data: { caseId: string }[] }).data.map(({ caseId }) => caseId);
    expect(listed.filter((caseId) => caseId.startsWith('CASE-')).sort()).toEqual([...ids]);
    for (const path of ['', '/chat', '/lock']) {
      for (const caseId of ['CASE-1', 'CASE-2', 'CASE-3']) {
        const { status } = await clinic.get(`/api/cases/${caseId}${path}`, headers);
        expect({ who, caseId, path, status }).toEqual({
          who,
          caseId,
          path,
          status: ids.includes(caseId) ? 200 : 404,
        });
      }
    }
  }
  for (const path of ['', '/CASE-2', '/CASE-2/chat', '/CASE-2/lock']) {
    const headers = await headersOf('asha1 without a role here');
    expect((await clinic.get(`/api/cases${path}`, headers)).status).toBe(403);
    expect((await clinic.get(`/api/cases${path}`)).status).toBe(401);
  }
});

test('a worker whose case is given to another loses it at the next refresh', async () => {
  await using fresh = await startClinic(jwtMode);
  await using client = await connect(fresh.socketUrl, { headers: await headersOf('chw1') });
  client.send({ type: 'subscribe', channel: 'clinic_chat:CASE-3' });
  await client.next('subscribed');
  await fresh.database.query(`update clinic.cases set worker_id = 'chw2' where id = 'CASE-3'`);
  client.send({ type: 'auth', token: await makeToken({ user: 'chw1', role: 'chw' }) });
  expect(await client.next('unsubscribed')).toMatchObject({
    channel: 'clinic_chat:CASE-3',
    code: 'forbidden',
  });
});
