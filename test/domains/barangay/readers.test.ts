import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect, type WsClient } from '../../support/clients/ws-client.ts';
import {
  jwtMode,
  makeToken,
  serviceKey,
  startTestService,
  type TestService,
} from '../../support/services/service.ts';
import { settle } from '../../support/services/session.ts';

const readable: Record<string, readonly string[]> = {
  officer: ['hearings', 'cases', 'persons', 'notifications', 'my_cases', 'case:456'],
  admin: ['hearings', 'cases', 'persons', 'notifications', 'my_cases', 'case:456'],
  captain: ['hearings', 'cases', 'persons', 'notifications', 'my_cases', 'case:456'],
  service: ['hearings', 'cases', 'persons', 'notifications', 'my_cases', 'case:456'],
  user: ['notifications', 'my_cases'],
  'user who filed case 456': ['notifications', 'my_cases', 'case:456'],
  'role nobody knows': ['notifications', 'my_cases'],
  // A role is read in any case.
  Officer: ['hearings', 'cases', 'persons', 'notifications', 'my_cases', 'case:456'],
};
const channels = ['hearings', 'cases', 'persons', 'notifications', 'my_cases', 'case:456', 'case:457'];
const isFiler = (who: string) => who.startsWith('user who');
const broadcasts = [
  { path: 'hearing', body: { hearingId: 123, eventType: 'created' }, reaches: ['hearings'] },
  { path: 'case', body: { caseId: 456, eventType: 'updated' }, reaches: ['cases', 'case:456', 'my_cases'] },
  { path: 'person', body: { personId: 'PERSON-123', eventType: 'updated' }, reaches: ['persons'] },
];

let service: TestService;
const clients = new Map<string, WsClient>();

async function open(who: string): Promise<WsClient> {
  if (who === 'service') return connect(service.socketUrl, { headers: { 'x-api-key': serviceKey } });
  const filer = isFiler(who);
  const token = await makeToken({ user: filer ? 'resident7' : `some ${who}`, role: filer ? 'user' : who });
  return connect(service.socketUrl, { headers: { authorization: `Bearer ${token}` } });
}

beforeAll(async () => {
  service = await startTestService({ env: jwtMode });
  for (const who of Object.keys(readable)) {
    const client = await open(who);
    clients.set(who, client);
    for (const [id, channel] of channels.entries()) client.send({ type: 'subscribe', channel, id });
    await settle(client);
  }
});

afterAll(async () => {
  for (const client of clients.values()) await client.close();
  await service[Symbol.asyncDispose]();
});

for (const [who, allowed] of Object.entries(readable)) {
  test(`${who} may subscribe to ${allowed.join(', ')} and nothing else`, () => {
    const client = clients.get(who);
    if (!client) throw new Error('not connected');
    // Case 457 does not exist: officials may wait for it, nobody else learns that.
    const expected = allowed.includes('hearings') ? channels : allowed;
    expect(client.all('subscribed').map((frame) => frame['channel'])).toEqual([...expected]);
    const denied = channels.filter((channel) => !expected.includes(channel));
    expect(client.all('error').map(({ channel, code }) => [channel, code])).toEqual(
      denied.map((channel) => [channel, 'forbidden']),
    );
  });
}

for (const { path, body, reaches } of broadcasts) {
  test(`a ${path} broadcast reaches exactly the readers of ${reaches.join(' and ')}`, async () => {
    const answer = await service.post(`/ws/broadcast/${path}`, body, { 'x-api-key': serviceKey });
    expect(answer.status).toBe(200);
    let deliveries = 0;
    for (const [who, client] of clients) {
      await settle(client);
      const got = client.all(`${path}_update`).map((frame) => String(frame['channel']));
      // Everybody has a channel of their own cases; the case is that of one person.
      const reached = reaches.filter((channel) => channel !== 'my_cases' || isFiler(who));
      const expected = reached.filter((channel) => readable[who]?.includes(channel));
      expect({ who, got }).toEqual({ who, got: expected });
      deliveries += got.length;
    }
    expect(answer.body).toMatchObject({
      success: true,
      channel: reaches[0] ?? '',
      offset: 1,
      delivered: deliveries,
    });
  });
}
