import { afterAll, beforeAll, expect, test } from 'bun:test';
import { channel } from '../../../src/extension/channel.ts';
import { defineDomain } from '../../../src/extension/domain.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

const officer = { userId: 'user123', role: 'officer' };
const rooms = defineDomain({
  name: 'rooms',
  channels: () => [channel('room:{id}', { read: () => true })],
});
/** Without NUL, which no text of a frame holds. */
const ascii = Array.from({ length: 127 }, (_, n) => String.fromCharCode(n + 1));

let service: TestService;
beforeAll(async () => {
  const env = { LIMIT_ERRORS_PER_MINUTE: '10000', LIMIT_FRAMES_PER_MINUTE: '100000' };
  service = await startTestService({ env, extraDomains: [rooms] });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

/** Subscribes to and asks for the past of every name: all are answered with this, `ok` or a code. */
async function expectAll(answer: string, names: readonly string[]): Promise<void> {
  await using client = await joinAs(service, officer);
  for (const channel of names) {
    for (const type of ['subscribe', 'sync_request', 'unsubscribe']) client.send({ type, channel });
    await settle(client);
  }
  const answered = new Map<unknown, unknown[]>(names.map((name) => [name, []]));
  for (const { type, channel, code } of client.all()) {
    if (type === 'error') answered.get(channel)?.push(code);
    if (type === 'subscribed' || type === 'sync_response') answered.get(channel)?.push('ok');
  }
  expect([...answered]).toEqual(names.map((name) => [name, [answer, answer]]));
}

test('an ASCII sign that names are not made of is an unknown channel wherever it stands', async () => {
  const odd = ascii.filter((sign) => !/[a-z0-9_-]/.test(sign));
  await expectAll(
    'unknown_channel',
    odd.flatMap((sign) => [`${sign}hearings`, `hearings${sign}`, `hea${sign}rings`]),
  );
});

test('in a parameter exactly letters, digits, `_`, `.`, `~`, `%` and `-` are a channel', async () => {
  const [known, odd] = [/[A-Za-z0-9_.~%-]/, /[^A-Za-z0-9_.~%-]/].map((signs) =>
    ascii.filter((sign) => signs.test(sign)),
  );
  await expectAll(
    'ok',
    (known ?? []).map((sign) => `room:4${sign}2`),
  );
  await expectAll(
    'unknown_channel',
    (odd ?? []).map((sign) => `room:4${sign}2`),
  );
});

test('signs beyond ASCII, look-alikes and halves of signs are unknown channels', async () => {
  const signs = ['ñ', '日本', '\u202e', '👍', 'ﬀ', '٤', '\ufeff', '\u0301'];
  await expectAll(
    'unknown_channel',
    signs.flatMap((sign) => [sign, `hearings${sign}`, `room:${sign}`]),
  );
  await expectAll('unknown_channel', ['hearíngs', 'HEARINGS', 'Hearings', 'һearings']);
});

test('NUL and a half of a sign in a name make the frame invalid', async () => {
  await using client = await joinAs(service, officer);
  for (const sign of ['\\u0000', '\\ud800']) {
    client.send(`{"type":"subscribe","channel":"hearings${sign}"}`);
    expect(await client.next('error')).toMatchObject({ code: 'invalid_frame' });
  }
});

test('names with segments too many, too few or empty are unknown channels', async () => {
  const names = [
    'hearings:1',
    'hearings:',
    ':hearings',
    'case',
    'case:',
    'case:456:1',
    'room:a:b',
    'room:a:',
    'room::a',
  ];
  await expectAll('unknown_channel', [
    ...names,
    'notifications:user123',
    'notifications:',
    'hearings,cases',
    '*',
    '%',
  ]);
});

test('a case channel has one name only, and only numbers the table can hold', async () => {
  const ids = ['0', '0456', '-1', '+1', '1e2', '4.5', '2147483648', '99999999999', 'banana', '9'.repeat(190)];
  await expectAll(
    'unknown_channel',
    ids.map((id) => `case:${id}`),
  );
  await expectAll('ok', ['case:1', 'case:2147483647']);
});

test('names that every object has are unknown channels', async () => {
  await expectAll('unknown_channel', [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'room:__proto__:x',
  ]);
  await expectAll('ok', ['room:__proto__', 'room:constructor']);
});

test('a name of 200 characters is a channel, a longer one an error', async () => {
  await expectAll('ok', [`room:${'x'.repeat(195)}`]);
  await using client = await joinAs(service, officer);
  for (const length of [196, 10_000]) {
    client.send({ type: 'subscribe', channel: `room:${'x'.repeat(length)}` });
    expect(await client.next('error')).toMatchObject({ code: 'invalid_frame' });
  }
});

test('names that were refused leave nothing behind in the database', async () => {
  await expectAll('unknown_channel', ['case:banana', 'hearings:1', 'room:a:b', 'nothing']);
  const rows = await service.database.query<{ name: string }>('select name from realtime_channels');
  expect(rows.filter(({ name }) => !/^(_control|hearings|room:[^:]+|case:[1-9]\d*)$/.test(name))).toEqual([]);
});
