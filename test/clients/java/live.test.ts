import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOkHttpClient } from '../../support/clients/okhttp.ts';
import { type Phone, startPhone } from '../../support/java/phone.ts';
import { startTcpRelay } from '../../support/network/tcp-relay.ts';
import { component, needs } from '../../support/processes/components.ts';
import { readsOf } from '../../support/services/reads.ts';
import { roomDomain } from '../../support/services/room-domain.ts';
import { jwtMode, makeToken, startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

setDefaultTimeout(180_000);
const testJava = needs('java');
const officer = { userId: 'user123', role: 'officer' };
const note = { channel: 'rooms:1', type: 'note', data: { n: 1 } };

let phone: Phone;
let service: TestService;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tambuli-live-'));
  if (!component('java').installed) return;
  [phone, service] = await Promise.all([
    startPhone(),
    startTestService({ extraDomains: [roomDomain], env: { LIMIT_SOCKETS_PER_USER: '50' } }),
  ]);
}, 180_000);
afterAll(async () => {
  await phone?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A device with a database of its own; closed at the end of the test. */
function device(name: string, more: object = {}) {
  phone.tell({ do: 'open', name, url: service.url, file: join(folder, `${name}.db`), ...officer, ...more });
  const tell = (command: object) => phone.tell({ name, ...command });
  const next = (event: string, more: object = {}) => phone.next({ event, name, ...more });
  return {
    tell,
    next,
    async subscribe(channel: string) {
      tell({ do: 'subscribe', channel });
      tell({ do: 'connect' });
      return next('channel', { channel, status: 'subscribed' });
    },
    async rows(sql: string) {
      tell({ do: 'query', sql });
      return (await next('rows'))['rows'];
    },
    async [Symbol.asyncDispose]() {
      tell({ do: 'close' });
      await next('closed');
    },
  };
}

testJava('a phone fills its tables from the lists, then follows them, on its own executor', async () => {
  await using phone1 = device('fills');
  await phone1.subscribe('hearings');
  await phone1.subscribe('persons');
  expect(await phone1.rows('select id, status from hearings')).toEqual([[123, 'scheduled']]);
  expect(await phone1.rows('select count(*) from person_history')).toEqual([[expect.any(Number)]]);
  await service.database.query(`update hearings set status = 'completed' where id = 123`);
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'status_changed' });
  const told = await phone1.next('publication', { channel: 'hearings' });
  expect(told).toMatchObject({ type: 'hearing_update', thread: 'callbacks-fills' });
  expect(await phone1.rows('select id, status from hearings')).toEqual([[123, 'completed']]);
  await service.database.query(`update hearings set status = 'scheduled' where id = 123`);
});

testJava(
  'a phone that was off is brought up to date over HTTP, and asks nobody for what it has',
  async () => {
    await using phone1 = device('syncs');
    phone1.tell({ do: 'sync', channel: 'hearings' });
    const { position, failure } = await phone1.next('synced');
    expect(failure).toBeNull();
    expect(await phone1.rows('select id from hearings')).toEqual([[123]]);
    const answer = await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
    const pushed = (answer.body as { position: string }).position;
    phone1.tell({ do: 'sync', channel: 'hearings', position: pushed });
    expect(await phone1.next('synced')).toMatchObject({ position: pushed });
    phone1.tell({ do: 'sync', channel: 'hearings', position });
    expect(await phone1.next('synced')).toMatchObject({ position: pushed });
    phone1.tell({ do: 'sync', channel: 'nowhere' });
    expect(await phone1.next('synced')).toMatchObject({ failure: expect.stringContaining('channel') });
  },
);

testJava('behind a proxy that refuses sockets a phone polls, and its outbox empties', async () => {
  await using relay = await startTcpRelay(service.url, { refusesWebSockets: true });
  await using phone1 = device('polls', { url: relay.url });
  phone1.tell({ do: 'publish', ...note, key: 'from-polls' });
  await phone1.subscribe('rooms:1');
  await phone1.next('published', { key: 'from-polls' });
  expect(await phone1.next('state', { status: 'connected' })).toMatchObject({ transport: 'poll' });
  await service.post('/api/realtime/publish', { ...note, data: { n: 2 } });
  await phone1.next('publication', { channel: 'rooms:1' });
  // The first publication of a channel that was empty is not missed.
  await phone1.subscribe('rooms:3');
  await service.post('/api/realtime/publish', { ...note, channel: 'rooms:3' });
  await phone1.next('publication', { channel: 'rooms:3' });
  expect(await phone1.rows('select count(*) from tambuli_outbox')).toEqual([[0]]);
});

testJava('whispers, presence, history and what is reached come over the socket', async () => {
  await using one = device('one', { userId: 'one' });
  await using two = device('two', { userId: 'two' });
  await one.subscribe('rooms:2');
  await two.subscribe('rooms:2');
  await one.next('presence', { channel: 'rooms:2', count: 2 });
  two.tell({ do: 'whisper', channel: 'rooms:2', type: 'typing', data: {} });
  expect(await one.next('whisper')).toMatchObject({ type: 'typing', userId: 'two' });
  two.tell({ do: 'publish', channel: 'rooms:2', type: 'note', data: [1], key: 'k' });
  const { position } = await two.next('published', { key: 'k' });
  one.tell({ do: 'reached', channel: 'rooms:2', position });
  await one.next('reached', { channel: 'rooms:2' });
  expect(await one.rows(`select data from journal where channel = 'rooms:2'`)).toEqual([['[1]']]);
  one.tell({ do: 'history', channel: 'rooms:2', limit: 10 });
  expect(await one.next('history')).toMatchObject({ count: 1, position, more: false });
});

testJava(
  'a listener that comes back soon gets what was published meanwhile, and the store has it once',
  async () => {
    await using phone1 = device('returns');
    const [back, seen] = ['rooms:1', 'rooms:seen'];
    const publish = (channel: string) => service.post('/api/realtime/publish', { ...note, channel });
    await phone1.subscribe(back);
    await phone1.subscribe(seen);
    phone1.tell({ do: 'unsubscribe', channel: back });
    await publish(back);
    await publish(seen);
    await phone1.next('publication', { channel: seen });
    phone1.tell({ do: 'subscribe', channel: back });
    expect(await phone1.next('publication', { channel: back })).toMatchObject({ type: 'note' });
    expect(await phone1.rows(`select count(*) from journal where channel = '${back}'`)).toEqual([[1]]);
  },
);

testJava('a channel that is forbidden fails by itself, and says why', async () => {
  await using resident = device('resident', { userId: 'resident7', role: 'user' });
  resident.tell({ do: 'subscribe', channel: 'hearings' });
  await resident.subscribe('notifications');
  expect(await resident.next('channel', { channel: 'hearings', status: 'failed' })).toMatchObject({
    code: 'forbidden',
  });
});

testJava(
  'a token is renewed on the open socket before it expires, and the lists are read with it',
  async () => {
    // A fast machine publishes more in these seconds than a backend may in a minute.
    const env = { ...jwtMode, LIMIT_REQUESTS_PER_MINUTE: '1000000' };
    await using checked = await startTestService({ env });
    const seconds = 5;
    const expiresAt = Date.now() + seconds * 1_000;
    const brief = await makeToken({ expiresIn: seconds });
    const lasting = await makeToken();
    await using phone1 = device('tokens', { url: checked.url, token: brief });
    await phone1.subscribe('hearings');
    await phone1.next('token_wanted');
    phone1.tell({ do: 'token', token: lasting });
    await phone1.next('token_wanted');
    do {
      const authorization = `Bearer ${lasting}`;
      const change = { hearingId: 123, eventType: 'updated' };
      expect((await checked.post('/ws/broadcast/hearing', change, { authorization })).status).toBe(200);
      await phone1.next('publication', { channel: 'hearings' });
    } while (Date.now() < expiresAt + 500);
    expect(phone.all({ event: 'state', name: 'tokens', status: 'disconnected' })).toEqual([]);
  },
);

testJava("the team's old client goes on working unchanged beside it", async () => {
  await using old = await startOkHttpClient({ url: service.socketUrl, ...officer });
  await using phone1 = device('beside');
  await phone1.subscribe('hearings');
  for (const channel of ['hearings', 'cases', 'persons', 'notifications']) {
    await old.next(({ frame }) => frame?.type === 'subscribed' && frame['channel'] === channel);
  }
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'created' });
  expect((await old.next('hearing_update')).frame).toMatchObject({ eventType: 'created', data: { id: 123 } });
  await phone1.next('publication', { channel: 'hearings' });
});

testJava(
  'an operator sees the position that the store of a phone has, not the one that was sent',
  async () => {
    await using slow = device('slow', { userId: 'slow' });
    await slow.subscribe('rooms:2');
    const publish = async () => {
      const { body } = await service.post('/api/realtime/publish', { ...note, channel: 'rooms:2' });
      return (body as { position: string }).position;
    };
    const applied = await publish();
    await slow.next('publication', { channel: 'rooms:2' });
    using database = new Database(join(folder, 'slow.db'));
    database.run('pragma busy_timeout = 20000');
    database.run(`create trigger held before insert on journal begin select raise(abort, 'held'); end`);
    const head = await publish();
    await slow.next('error', { code: 'store_failed' });
    slow.tell({ do: 'foreground' });
    await until(async () => (await readsOf(service, 'slow'))[0]?.by === 'told');
    expect(await readsOf(service, 'slow')).toMatchObject([
      { channel: 'rooms:2', position: applied, behind: 1 },
    ]);
    database.run('drop trigger held');
    await slow.next('publication', { channel: 'rooms:2' });
    slow.tell({ do: 'foreground' });
    await until(async () => (await readsOf(service, 'slow'))[0]?.position === head);
    expect(await readsOf(service, 'slow')).toMatchObject([{ behind: 0, by: 'told' }]);
  },
);
