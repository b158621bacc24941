import { afterAll, beforeAll, expect, test } from 'bun:test';
import { exchange, requestBytes } from '../support/clients/raw-http.ts';
import { OPCODE, openRawWebSocket } from '../support/clients/raw-websocket.ts';
import { levelsIn } from '../support/log-lines.ts';
import { type GatewayService, startGatewayService } from '../support/services/gateway-service.ts';
import { makeToken, makeUnsignedToken, serviceKey } from '../support/services/service.ts';
import { insideIn } from './inside.ts';

let service: GatewayService;
let credentials: Readonly<Record<string, string>>;
beforeAll(async () => {
  service = await startGatewayService({
    LIMIT_SOCKETS_PER_USER: '1000',
    LIMIT_STREAMS_PER_USER: '1000',
    LIMIT_ERRORS_PER_MINUTE: '1000',
    LIMIT_REQUESTS_PER_MINUTE: '10000',
  });
  const good = await makeToken();
  credentials = {
    good,
    'of another user': await makeToken({ user: 'captain1', role: 'captain' }),
    expired: await makeToken({ expiresIn: -60 }),
    'without an end': await makeToken({ expiresIn: null }),
    forged: await makeToken({ secret: 'another-secret-of-more-than-thirty-two-bytes' }),
    unsigned: makeUnsignedToken(),
    'without its end': good.slice(0, -5),
    'with a sign too many': `${good}!`,
    'with a part too many': `${good}.${good.split('.')[1]}`,
    'cut by a space': good.replace('.', ' .'),
    escaped: encodeURIComponent(good).replaceAll('.', '%2E'),
    'in quotes': `"${good}"`,
    'no token at all': 'correct-horse-battery-staple',
    'too long': 'long-secret-'.repeat(1_000),
    'the service key': serviceKey,
    'the service key, without its end': serviceKey.slice(0, -1),
  };
});
afterAll(() => service[Symbol.asyncDispose]());

const pieceLength = 12;

/** Overlapping pieces of a credential. Of a token without its header, which says nothing and is the same for all. */
function piecesOf(credential: string): string[] {
  const secret = credential.replace(/^"?eyJ[\w-]+\W*/, '');
  const starts = Array.from({ length: Math.ceil(secret.length / 6) }, (_, index) => 6 * index);
  return starts
    .map((at) => secret.slice(at, at + pieceLength))
    .filter(({ length }) => length === pieceLength);
}

function expectNoSecret(where: string, text: string, sent: readonly string[]): void {
  expect([where, sent.flatMap(piecesOf).filter((piece) => text.includes(piece))]).toEqual([where, []]);
}

function expectClean(where: string, answers: string, sent: string): void {
  expectNoSecret(where, answers, [sent]);
  expect([where, insideIn(answers)]).toEqual([where, undefined]);
}

const history = '/api/realtime/channels/hearings/publications';
const stream = '/api/realtime/stream?channels=hearings';
const requests = [
  ['GET', `${history}?limit=1`],
  ['GET', `${history}?limit=none`],
  ['GET', '/api/realtime/channels/nothing/publications?'],
  ['GET', stream],
  ['GET', `${stream}&since=never`],
  ['GET', '/metrics?'],
  ['GET', '/health?'],
  ['GET', '/health/ready?'],
  ['GET', '/nothing?'],
  ['POST', '/ws/broadcast/hearing?'],
  ['POST', '/api/realtime/publish?'],
  ['GET', '/api/realtime/presence/hearings?'],
  ['GET', '/socket.io/?EIO=4&transport=polling'],
] as const;

const headerForms = (credential: string) => [
  `Authorization: Bearer ${credential}`,
  `authorization: bearer   ${credential}`,
  `Authorization: Basic ${credential}`,
  `Authorization: ${credential}`,
  `X-API-Key: ${credential}`,
  `Sec-WebSocket-Protocol: tambuli.v1, bearer.${credential}`,
  `Cookie: token=${credential}`,
];

/** Everything the server says to a credential in every place of every request. */
async function answersTo(credential: string): Promise<string> {
  const sent = requests.flatMap(([method, target]) => [
    ...headerForms(credential).map((header) => requestBytes(method, target, [header])),
    requestBytes(method, `${target}&token=${encodeURIComponent(credential)}`),
    requestBytes(method, `${target}&limit=2&token=&token=${encodeURIComponent(credential)}`),
  ]);
  const enough = (text: string) => text.includes('event: subscribed');
  const answers: string[] = [];
  for (const bytes of sent) answers.push((await exchange(service.url, bytes, { enough })).text);
  return answers.join('\n');
}

/** Everything that comes over a socket opened with these headers and asked these texts. */
async function heard(query: string, headers: Record<string, string>, texts: readonly string[] = []) {
  await using raw = await openRawWebSocket(`${service.socketUrl}${query}`, headers);
  for (const text of texts) raw.send(OPCODE.text, text);
  raw.send(OPCODE.text, '{"type":"ping","id":"last"}');
  const lastAnswer = async () => {
    while (!(await raw.next(OPCODE.text)).payload.includes('"last"'));
  };
  // A token that is not good closes the socket instead.
  await lastAnswer().catch(() => raw.closed);
  const frames = raw.all().map(({ payload }) => payload.toString());
  return [...raw.responseHeaders].flat().concat(frames).join('\n');
}

async function saidOverSockets(credential: string): Promise<string> {
  const json = JSON.stringify(credential);
  const texts = [
    `{"type":"auth","token":${json}}`,
    `{"type":"auth","token":${credential}}`,
    `{"type":"auth","token":${json}`,
    `{"type":"auth","token":'${credential}'}`,
    `{"type":"auth","token":[${json}]}`,
    `{"type":"auth","token":{"value":${json}}}`,
    `{"type":"auth","id":{"token":${json}},"token":7}`,
    `{"type":"auth","userId":"user123","Token":${json}}`,
    `{"type":"subscribe","channel":"hearings","token":${json}}`,
    `{"type":"subscribe","channel":"hearings","since":${json}}`,
    `{"type":"sync_request","channel":"hearings","since":${json}}`,
    credential,
    json,
    `Bearer ${credential}`,
  ];
  const answers = [
    await heard('', {}, texts),
    await heard(`?token=${encodeURIComponent(credential)}`, {}, texts),
    await heard('', { Authorization: `Bearer ${credential}` }),
    await heard('', { 'Sec-WebSocket-Protocol': `bearer.${credential}, tambuli.v1` }),
    await heard('', { 'Sec-WebSocket-Protocol': `bearer.${credential}` }),
    await heard('', { 'X-API-Key': credential }),
  ];
  return answers.join('\n');
}

async function sendEverything(): Promise<void> {
  for (const [name, credential] of Object.entries(credentials)) {
    expectClean(`answers to ${name}`, await answersTo(credential), credential);
    expectClean(`frames for ${name}`, await saidOverSockets(credential), credential);
  }
  expectNoSecret('the log', service.logged(), Object.values(credentials));
}

test('no credential, good, bad or broken, stands in an answer, a frame or the log, wherever it was sent', async () => {
  await sendEverything();
  expect(levelsIn(service.logged())).toContain(20);
}, 60_000);

test('nor does one when everything fails', async () => {
  await service.database.query('alter table realtime_publications rename to publications_gone');
  await service.database.query('alter table realtime_channels rename to channels_gone');
  await sendEverything();
  expect(levelsIn(service.logged())).toContain(50);
  await service.database.query('alter table publications_gone rename to realtime_publications');
  await service.database.query('alter table channels_gone rename to realtime_channels');
}, 60_000);
