import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { faultsIn } from '../../support/log-lines.ts';
import { openEngine, openNamespace } from '../../support/services/engine-client.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

// The demands of version 5 of the Socket.IO protocol on a server.

const officer = { userId: 'user123', role: 'officer' };
const placeholder = (num: number) => `{"_placeholder":true,"num":${num}}`;
const bytes = Uint8Array.of(1, 2, 3);

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await expectNobody();
  expect(faultsIn(service.logged())).toEqual([]);
  await service[Symbol.asyncDispose]();
});

function expectNobody(): Promise<void> {
  return until(async () => {
    const { body } = await service.get('/ws/status');
    return (body as { connectedClients: number }).connectedClients === 0;
  });
}

describe.each(['polling', 'websocket'] as const)('by %s', (transport) => {
  const open = () => openEngine(service.url, transport);
  const openConnected = () => openNamespace(service.url, transport, officer);
  /** The server still replies, after anything it was sent. */
  const expectAnswer = async (client: Awaited<ReturnType<typeof open>>) => {
    await client.send('42777["ping"]');
    expect(await client.next('43777')).toStartWith('43777[{"type":"pong",');
  };

  test('CONNECT without a payload, with an empty one and with credentials is answered before anything else', async () => {
    for (const [payload, greetings] of [
      ['', ['connected']],
      ['{}', ['connected']],
      [JSON.stringify(officer), ['connected', 'authenticated']],
    ] as const) {
      await using client = await open();
      await client.send(`40${payload}`);
      const answer = await client.next('40');
      expect(JSON.parse(answer.slice(2))).toEqual({ sid: expect.any(String), pid: expect.any(String) });
      for (const name of greetings) await client.next(`42["${name}",{"type":"${name}",`);
      await expectAnswer(client);
      expect(client.all('')[0]).toBe(answer);
    }
  });

  test('CONNECT to a namespace there is not is refused, and the connection goes on', async () => {
    await using client = await open();
    for (const name of ['/random', '/', '/constructor', '/__proto__', `/${'x'.repeat(5_000)}`]) {
      await client.send(`40${name}${name === '/' ? 'x' : ''},{"token":"abc"}`);
    }
    for (const name of ['/random', '/x', '/constructor', '/__proto__', '/xx']) {
      expect(await client.next(`44${name}`)).toEndWith(',{"message":"Invalid namespace"}');
    }
    await client.send('40');
    await client.next('40');
    await client.send('40/random,');
    await client.next('44/random');
    await expectAnswer(client);
  });

  test('CONNECT with credentials that are wrong is refused with a reason, and ends the connection', async () => {
    for (const [payload, code] of [
      [{ userId: 7.5 }, 'invalid_frame'],
      [{ ...officer, since: 'nonsense' }, 'invalid_frame'],
    ] as const) {
      await using client = await open();
      await client.send(`40${JSON.stringify(payload)}`);
      const answer = JSON.parse((await client.next('44')).slice(2));
      expect(answer).toMatchObject({ message: code, data: { type: 'error', code } });
      await client.closed;
    }
  });

  test('who never sends CONNECT is ended at the time to authenticate', async () => {
    const authTimeoutMs = 1_000;
    const env = { AUTH_TIMEOUT_MS: String(authTimeoutMs) };
    await using quick = await startTestService({ env });
    const since = performance.now();
    await using client = await openEngine(quick.url, transport);
    // Being alive is not enough, nor is asking for what there is not.
    await client.send('40/random,', '3');
    await client.closed;
    const tookMs = performance.now() - since;
    expect(tookMs).toBeGreaterThanOrEqual(authTimeoutMs - 20);
    expect(client.all('40')).toEqual([]);
  });

  test('DISCONNECT ends the connection', async () => {
    await using client = await openConnected();
    await client.send('41');
    await client.closed;
  });

  test('an event is answered by an event, one with an id by an acknowledgement with the same', async () => {
    await using client = await openConnected();
    const ids = ['0', '1', '456', '9007199254740991'];
    await client.send('42["ping"]', ...ids.map((id) => `42${id}["ping",{"id":7}]`));
    expect(await client.next('42["pong"')).toStartWith('42["pong",{"type":"pong","timestamp":"');
    for (const id of ids) expect(await client.next(`43${id}[`)).toStartWith(`43${id}[{"type":"pong","id":7,`);
    expect(client.all('42["pong"')).toHaveLength(1);
  });

  test('names that are numbers, empty or missing are unknown, and tell nothing from inside', async () => {
    await using client = await openConnected();
    await client.send('421[5]', '422[""]', '42', '423', '424["toString"]');
    for (const id of [1, 2, 3, 4]) {
      expect(await client.next(`43${id}[`)).toStartWith(`43${id}[{"type":"error","code":"unknown_type"`);
    }
    await expectAnswer(client);
    expect(client.all('42["error"')).toHaveLength(1);
    expect(client.all('').join()).not.toContain('function');
  });

  test('acknowledgements of nothing are ignored', async () => {
    await using client = await openConnected();
    await client.send('43', '431', '431[]', '430["x",{"a":1}]', `43${'9'.repeat(400)}[]`);
    await expectAnswer(client);
    expect(client.all('42["error"')).toEqual([]);
  });

  test('binary events are refused where the answer belongs, binary acknowledgements ignored', async () => {
    await using client = await openConnected();
    const event = `["publish",{"channel":"hearings","data":[${placeholder(1)},${placeholder(0)}]}]`;
    await client.send(`452-${event}`, bytes, bytes);
    expect(await client.next('42["error"')).toContain('"code":"invalid_frame"');
    await client.send(`452-9${event}`, bytes, bytes);
    expect(await client.next('439')).toStartWith('439[{"type":"error","code":"invalid_frame"');
    await client.send(`461-5[${placeholder(0)}]`, bytes);
    await expectAnswer(client);
    // The attachment has not come yet: what follows is not answered before.
    await client.send(`451-8["ping",${placeholder(0)}]`);
    expect(client.all('438')).toEqual([]);
    await client.send(new Uint8Array());
    expect(await client.next('438')).toContain('"code":"invalid_frame"');
  });

  test.each([
    ['an event before CONNECT', '42["ping"]'],
    ['an acknowledgement before CONNECT', '430[]'],
    ['DISCONNECT before CONNECT', '41'],
    ['a payload that is no object', '40[]'],
    ['a payload that is a text', '40"abc"'],
    ['a payload that is no JSON', '40{"token"'],
    ['no packet', '4'],
    ['no type there is', '4abc'],
    ['bytes nobody announced', bytes],
  ])('instead of CONNECT, %s ends the connection', async (_, packet) => {
    await using client = await open();
    await client.send(packet, '40');
    await client.closed;
    expect(client.all('4')).toEqual([]);
  });

  test.each([
    ['CONNECT again', ['40']],
    ['CONNECT_ERROR', ['44{"message":"x"}']],
    ['an event for another namespace', ['42/x,["ping"]']],
    ['DISCONNECT from another namespace', ['41/x,']],
    ['DISCONNECT with a payload', ['41{}']],
    ['no type there is', ['47["ping"]']],
    ['an event that is no array', ['42{"a":1}']],
    ['an event without a name', ['42[]']],
    ['an event whose name is none', ['42[{}]']],
    ['an event with a name of the protocol', ['42["connect_error"]']],
    ['an event with a negative id', ['42-1["ping"]']],
    ['JSON that breaks off', ['42["ping",']],
    ['JSON without an end to its depth', [`42${'['.repeat(60_000)}`]],
    ['an acknowledgement that is no array', ['431{}']],
    ['a number of attachments that is none', ['45x-["ping"]']],
    ['no attachments', ['450-["ping"]']],
    ['too many attachments', [`4511-["ping"${`,${placeholder(0)}`.repeat(11)}]`]],
    ['no number of attachments', ['45["ping"]']],
    ['a place for no attachment', [`451-["ping",${placeholder(1)}]`, bytes]],
    ['a text where an attachment belongs', [`451-["ping",${placeholder(0)}]`, '42["ping"]']],
    ['bytes nobody announced', [bytes]],
    ['a packet over maxPayload', [`42["ping","${'x'.repeat(65_536)}"]`]],
  ])('after CONNECT, %s ends the connection', async (_, packets) => {
    await using client = await openConnected();
    await client.send(...packets);
    await client.closed;
  });

  test('attachments in a depth without end are refused, or end the connection where the stack ends', async () => {
    await using client = await openConnected();
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    await client.send(`451-["ping",${deep}]`, bytes);
    await client.next('42["error"').catch(() => client.closed);
  });

  test('whatever broke off in the middle of a binary event is forgotten', async () => {
    {
      await using client = await openConnected();
      await client.send(`459-["ping",${placeholder(0)}]`, new Uint8Array(40_000));
    }
    await expectNobody();
  });
});
