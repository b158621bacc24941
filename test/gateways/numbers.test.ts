import { afterAll, beforeAll, expect, test } from 'bun:test';
import { io } from 'socket.io-client';
import { connect } from '../support/clients/ws-client.ts';
import { openDomain } from '../support/services/open-domain.ts';
import {
  jwtMode,
  makeToken,
  serviceKey,
  startTestService,
  type TestService,
} from '../support/services/service.ts';

/** A number that no double holds, and decimals that a double rounds. */
const data = '{"id":9007199254740993,"exact":[0.1000000000000000055511151231257827,1],"text":"1e400"}';
const jsonb = '{"id": 9007199254740993, "text": "1e400", "exact": [0.1000000000000000055511151231257827, 1]}';
const channel = 'open:1';

let service: TestService;
let token: string;
beforeAll(async () => {
  service = await startTestService({ env: jwtMode, extraDomains: [openDomain] });
  token = await makeToken();
});
afterAll(() => service[Symbol.asyncDispose]());

const publish = (value: string, path = 'publish') => {
  const item = `{"channel":"${channel}","type":"note","data":${value}}`;
  const body = path === 'publish' ? item : `{"publications":[${item}]}`;
  return service.post(`/api/realtime/${path}`, body, { 'x-api-key': serviceKey });
};

/** The data of every publication of the channel, as text, by a poll. */
async function polled(): Promise<string[]> {
  const address = `${service.url}/api/realtime/channels/${channel}/publications`;
  const text = await (await fetch(address, { headers: { 'x-api-key': serviceKey } })).text();
  return [...text.matchAll(/"data":(.*?),"timestamp"/g)].map(([, found = '']) => found);
}

test('every way to publish keeps the text of numbers, and every way to read brings it', async () => {
  await using client = await connect(`${service.socketUrl}?token=${token}`);
  client.send({ type: 'subscribe', channel });
  await client.next('subscribed');
  const stream = await fetch(`${service.url}/api/realtime/stream?channels=${channel}`, {
    headers: { 'x-api-key': serviceKey },
  });
  const texts: string[] = [];
  const socket = new WebSocket(`${service.socketUrl}?token=${token}`);
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  socket.onmessage = ({ data: text }) => {
    texts.push(String(text));
    if (String(text).startsWith('{"type":"subscribed"')) resolve();
  };
  socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', channel }));
  await opened;

  expect((await publish(data)).status).toBe(200);
  expect((await publish(data, 'publish/batch')).status).toBe(200);
  client.send(`{"type":"publish","channel":"${channel}","publicationType":"note","data":${data}}`);
  await client.next('published');
  const engine = io(service.url, { auth: { token }, transports: ['websocket'], forceNew: true });
  // The stock client cannot write such a number itself: the packet is written as it would travel.
  await new Promise<void>((done) => engine.once('authenticated', () => done()));
  const packet = `2["publish",{"channel":"${channel}","publicationType":"note","data":${data}}]`;
  const answered = new Promise<void>((done) => engine.once('published', () => done()));
  (engine.io.engine as unknown as { write(text: string): void }).write(packet);
  await answered;
  engine.disconnect();
  await service.database.query(`select public.realtime_publish('${channel}', 'note', null, '${data}')`);
  for (let left = 5; left > 0; left--) await client.next('note');

  // Data that comes by SQL is jsonb, which keeps numbers and not the order of keys.
  expect(await polled()).toEqual([data, data, data, data, jsonb]);
  const live = texts.filter((text) => text.startsWith('{"type":"note"'));
  expect(live.map((text) => text.includes(`"data":${data},`) || text.includes(`"data":${jsonb},`))).toEqual([
    ...[true, true, true, true, true],
  ]);
  socket.close();
  const reader = stream.body?.getReader();
  let streamed = '';
  while (!streamed.includes(jsonb)) streamed += new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  expect(streamed.split(data).length - 1).toBe(4);
});

test('what is ephemeral keeps it as well', async () => {
  const texts: string[] = [];
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  const socket = new WebSocket(`${service.socketUrl}?token=${token}`);
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  socket.onmessage = ({ data: text }) => {
    if (String(text).includes('"subscribed"')) open();
    if (!String(text).includes('"ephemeral":true')) return;
    texts.push(String(text));
    resolve();
  };
  socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', channel: 'lobby:1' }));
  await opened;
  const body = `{"channel":"lobby:1","type":"typing","data":${data},"ephemeral":true}`;
  expect((await service.post('/api/realtime/publish', body, { 'x-api-key': serviceKey })).status).toBe(200);
  await heard;
  expect(texts[0]).toContain(`"data":${data},`);
  socket.close();
});

test.each(['1e400', '-1e400', '1e-400', `[{"a":1${'0'.repeat(400)}}]`])(
  '%s is refused on every way in',
  async (number) => {
    for (const path of ['publish', 'publish/batch']) {
      expect(await publish(number, path)).toMatchObject({
        status: 422,
        body: { code: 'number_out_of_range' },
      });
    }
    await using client = await connect(`${service.socketUrl}?token=${token}`);
    client.send(`{"type":"publish","id":7,"channel":"${channel}","publicationType":"note","data":${number}}`);
    expect(await client.next('error')).toMatchObject({ code: 'number_out_of_range', id: 7 });
    const engine = io(service.url, { auth: { token }, transports: ['websocket'], forceNew: true });
    await new Promise<void>((done) => engine.once('authenticated', () => done()));
    const refused = new Promise((done) => engine.once('error', done));
    const packet = `2["publish",{"channel":"${channel}","publicationType":"note","data":${number}}]`;
    (engine.io.engine as unknown as { write(text: string): void }).write(packet);
    expect(await refused).toMatchObject({ code: 'number_out_of_range' });
    engine.disconnect();
  },
);
