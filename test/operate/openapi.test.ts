import { test } from 'bun:test';
import type { Example } from '../gateways/documents/openapi-examples.ts';
import { connect } from '../support/clients/ws-client.ts';
import { expectDocumented } from '../support/documents/documented-answers.ts';
import { roomDomain } from '../support/services/room-domain.ts';
import { jwtMode, makeToken, startTestService } from '../support/services/service.ts';

const service = true;
const api = '/api/operate';
const tooLong = 'x'.repeat(601);

/** A route that reads: as a service, as an officer, and with a parameter that it does not take. */
const reads = (path: string, wrong: string): Example[] => [
  (call) => call(api + path, { service }),
  (call) => call(api + path),
  (call) => call(`${api}${wrong}`, { service }),
];
/** The same of one thing, which is missing for another name. */
const readsOne = (path: string, unknown: string, wrong: string): Example[] => [
  ...reads(path, wrong),
  (call) => call(api + unknown, { service }),
];
/** A route without parameters. */
const tells = (path: string): Example[] => reads(path, `${path}?strange=1`);
/** A route that changes something once: the second time, it is not there. */
const changes = (path: string, wrong: string): Example[] => [
  (call) => call(api + path),
  (call) => call(api + path, { service }),
  (call) => call(`${api}${path.replace(/[^/]+(?=\/\w+$)/, '99')}`, { service }),
  (call) => call(`${api}${wrong}`, { service }),
];

test('whatever the operator’s routes answer is what the document says, for every status', async () => {
  await using server = await startTestService({ env: jwtMode, extraDomains: [roomDomain] });
  await server.post('/api/realtime/publish', { channel: 'rooms:1', type: 'note', data: 1 }, key);
  await server.database.query(`insert into realtime_dead_letters (id, channel, type, data, reason)
    values (1, 'hearings', 'note', '1', 'why'), (2, 'hearings', 'note', '2', 'why')`);
  await using first = await identified(server.socketUrl, 'u1');
  await using second = await identified(server.socketUrl, 'u2');
  await using third = await identified(server.socketUrl, 'u3');
  await expectDocumented(server, {
    of: / \/api\/operate\//,
    examples: {
      'GET /api/operate/overview': tells('/overview'),
      'GET /api/operate/processes': tells('/processes'),
      'GET /api/operate/channels': reads('/channels', '/channels?limit=0'),
      'GET /api/operate/channels/{channel}': readsOne(
        '/channels/rooms:1',
        '/channels/none',
        `/channels/${tooLong}`,
      ),
      'GET /api/operate/channels/{channel}/publications': readsOne(
        '/channels/rooms:1/publications',
        '/channels/none/publications',
        '/channels/rooms:1/publications?before=0',
      ),
      'GET /api/operate/sessions': reads('/sessions', '/sessions?cursor=x'),
      'GET /api/operate/sessions/{id}': readsOne(
        `/sessions/${first.id}`,
        '/sessions/none',
        `/sessions/${tooLong}`,
      ),
      'POST /api/operate/sessions/{id}/close': changes(
        `/sessions/${second.id}/close`,
        `/sessions/${tooLong}/close`,
      ),
      'POST /api/operate/sessions/{id}/revoke': changes(
        `/sessions/${third.id}/revoke`,
        `/sessions/${tooLong}/revoke`,
      ),
      'GET /api/operate/users/{id}': reads('/users/u1', `/users/${tooLong}`),
      'DELETE /api/operate/users/{id}': [
        (call) => call(`${api}/users/u9`, { service }),
        (call) => call(`${api}/users/u9`),
        (call) => call(`${api}/users/${tooLong}`, { service }),
      ],
      'GET /api/operate/outbox': reads('/outbox', '/outbox?limit=201'),
      'GET /api/operate/dead-letters': reads('/dead-letters', '/dead-letters?cursor=x'),
      'POST /api/operate/dead-letters/{id}/retry': changes('/dead-letters/1/retry', '/dead-letters/x/retry'),
      'POST /api/operate/dead-letters/{id}/discard': changes(
        '/dead-letters/2/discard',
        '/dead-letters/x/discard',
      ),
      'GET /api/operate/deliveries': reads('/deliveries', '/deliveries?status=lost'),
      'GET /api/operate/leases': reads('/leases', '/leases?strange=1'),
      'GET /api/operate/why': [
        (call) => call(`${api}/why?user=u1&channel=hearings`, { service }),
        (call) => call(`${api}/why?user=u1&channel=hearings`),
        (call) => call(`${api}/why?user=u1&event=${crypto.randomUUID()}`, { service }),
        (call) => call(`${api}/why?user=u1`, { service }),
      ],
      'GET /api/operate/limits': tells('/limits'),
      'GET /api/operate/errors': tells('/errors'),
    },
  });
});

const key = { 'x-api-key': jwtMode['SERVICE_API_KEY'] ?? '' };

async function identified(url: string, user: string) {
  const client = await connect(`${url}?token=${await makeToken({ user })}`);
  const { clientId } = await client.next('authenticated');
  return Object.assign(client, { id: String(clientId) });
}
