import { afterAll, beforeAll, expect, test } from 'bun:test';
import { OPCODE, openRawWebSocket, type RawWebSocket } from '../../support/clients/raw-websocket.ts';
import type { WsClient } from '../../support/clients/ws-client.ts';
import { faultsIn } from '../../support/log-lines.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

let service: TestService;
let bystander: WsClient;
beforeAll(async () => {
  service = await startTestService({ env: { LIMIT_SOCKETS_PER_USER: '100' } });
  bystander = await joinAs(service, { userId: 'captain1', role: 'captain' });
});
afterAll(async () => {
  await settle(bystander);
  expect(faultsIn(service.logged())).toEqual([]);
  await bystander.close();
  await service[Symbol.asyncDispose]();
});

type Steps = (raw: RawWebSocket) => void;

/** An identified socket. */
async function open(): Promise<RawWebSocket> {
  const raw = await openRawWebSocket(`${service.socketUrl}?userId=user123&role=officer`);
  await textWith(raw, '"type":"authenticated"');
  return raw;
}

async function textWith(raw: RawWebSocket, part: string): Promise<string> {
  for (;;) {
    const text = (await raw.next(OPCODE.text)).payload.toString();
    if (text.includes(part)) return text;
  }
}

/** The code of the close frame in reply to these steps. */
async function closeCodeAfter(steps: Steps): Promise<number> {
  await using raw = await open();
  steps(raw);
  return (await raw.closed).code;
}

async function expectCloseCodes(expected: number, cases: Readonly<Record<string, Steps>>): Promise<void> {
  const codes: Record<string, number> = {};
  for (const [name, steps] of Object.entries(cases)) codes[name] = await closeCodeAfter(steps);
  expect(codes).toEqual(Object.fromEntries(Object.keys(cases).map((name) => [name, expected])));
}

const ping = (id: string | number) => JSON.stringify({ type: 'ping', id });
const unfinished = { fin: false };

test('a message in fragments is one message, with control frames answered in between (§5.4)', async () => {
  await using raw = await open();
  raw.send(OPCODE.text, '', unfinished);
  raw.send(OPCODE.continuation, ping('split').slice(0, 9), unfinished);
  raw.send(OPCODE.ping, 'in between');
  raw.send(OPCODE.continuation, '', unfinished);
  raw.send(OPCODE.pong, 'nobody asked');
  raw.send(OPCODE.continuation, ping('split').slice(9), unfinished);
  expect((await raw.next(OPCODE.pong)).payload.toString()).toBe('in between');
  expect(raw.all(OPCODE.text).some(({ payload }) => payload.includes('split'))).toBe(false);
  raw.send(OPCODE.continuation, '');
  expect(JSON.parse(await textWith(raw, 'split'))).toMatchObject({ type: 'pong', id: 'split' });
});

test('a message may be a fragment for every byte', async () => {
  await using raw = await open();
  const bytes = Buffer.from(ping('ñ'.repeat(50)));
  for (const [index, byte] of bytes.entries()) {
    const opcode = index === 0 ? OPCODE.text : OPCODE.continuation;
    raw.send(opcode, Buffer.of(byte), { fin: index === bytes.length - 1 });
  }
  expect(JSON.parse(await textWith(raw, '"type":"pong"')).id).toBe('ñ'.repeat(50));
});

test('a binary message in fragments is one error frame', async () => {
  await using raw = await open();
  raw.send(OPCODE.binary, 'a', unfinished);
  raw.send(OPCODE.continuation, 'b');
  raw.send(OPCODE.text, ping('after'));
  await textWith(raw, 'after');
  const errors = raw.all(OPCODE.text).filter(({ payload }) => payload.includes('"invalid_frame"'));
  expect(errors).toHaveLength(1);
});

test('fragments out of place end the connection with 1002 (§5.4)', async () => {
  await expectCloseCodes(1002, {
    'an end without a beginning': (raw) => raw.send(OPCODE.continuation, ping(1)),
    'a middle without a beginning': (raw) => raw.send(OPCODE.continuation, ping(1), unfinished),
    'a continuation of what was whole': (raw) => {
      raw.send(OPCODE.text, ping(1));
      raw.send(OPCODE.continuation, ping(2));
    },
    'a text inside a message': (raw) => {
      raw.send(OPCODE.text, '{', unfinished);
      raw.send(OPCODE.text, ping(1));
    },
    'a binary inside a message': (raw) => {
      raw.send(OPCODE.text, '{', unfinished);
      raw.send(OPCODE.binary, '', unfinished);
    },
  });
});

test('a ping is answered by a pong with the same bytes, each in its turn (§5.5.3)', async () => {
  await using raw = await open();
  const payloads = ['', 'hello', new Uint8Array(125).fill(0xfe), ...Array.from({ length: 20 }, String)];
  for (const payload of payloads) raw.send(OPCODE.ping, payload);
  for (const payload of payloads) {
    const pong = await raw.next(OPCODE.pong);
    expect(pong.fin).toBe(true);
    expect(pong.payload).toEqual(Buffer.from(payload));
  }
});

test('a pong that nobody asked for is no fault (§5.5.3)', async () => {
  await using raw = await open();
  raw.send(OPCODE.pong, 'unsolicited');
  raw.send(OPCODE.text, ping('after'));
  await textWith(raw, 'after');
});

test('control frames that are fragmented or over 125 bytes end the connection with 1002 (§5.5)', async () => {
  const controls = { ping: OPCODE.ping, pong: OPCODE.pong, close: OPCODE.close };
  for (const [name, opcode] of Object.entries(controls)) {
    await expectCloseCodes(1002, {
      [`${name} in fragments`]: (raw) => raw.send(opcode, '', unfinished),
      [`${name} of 126 bytes`]: (raw) => raw.send(opcode, new Uint8Array(126)),
    });
  }
});

const texts = {
  'two bytes': [0xc3, 0xb1],
  'the last code point': [0xf4, 0x8f, 0xbf, 0xbf],
  'a noncharacter': [0xef, 0xbf, 0xbf],
  'a byte order mark': [0xef, 0xbb, 0xbf],
};
const noTexts = {
  'a lone continuation': [0x80],
  'a sequence cut short': [0xe2, 0x82],
  'an overlong slash of two bytes': [0xc0, 0xaf],
  'an overlong slash of three': [0xe0, 0x80, 0xaf],
  'half a surrogate pair': [0xed, 0xa0, 0x80],
  'beyond the last code point': [0xf4, 0x90, 0x80, 0x80],
  'a byte that begins nothing': [0xf5, 0x80, 0x80, 0x80],
};

/** A ping whose id is these bytes, whole or cut inside the first sign. */
function sendId(raw: RawWebSocket, id: readonly number[], cut: boolean): void {
  const head = Buffer.from('{"type":"ping","id":"');
  const message = Buffer.concat([head, Buffer.from(id), Buffer.from('"}')]);
  const at = cut ? head.length + 1 : message.length;
  raw.send(OPCODE.text, message.subarray(0, at), { fin: !cut });
  if (cut) raw.send(OPCODE.continuation, message.subarray(at));
}

test('every sign of Unicode passes, also cut between two fragments (§8.1)', async () => {
  await using raw = await open();
  for (const bytes of Object.values(texts)) {
    for (const cut of [false, true]) {
      sendId(raw, bytes, cut);
      expect(JSON.parse(await textWith(raw, '"type":"pong"')).id).toBe(Buffer.from(bytes).toString());
    }
  }
});

// Bun looks at the text when the message is whole, where §8.1 would let it fail at the first bad byte: what waits
// until then is bounded by the frame limit, and no part of it reaches the server.
test('text that is no UTF-8 ends the connection with 1007, whole or in fragments (§8.1)', async () => {
  for (const [name, bytes] of Object.entries(noTexts)) {
    await expectCloseCodes(1007, {
      [`${name}, whole`]: (raw) => sendId(raw, bytes, false),
      [`${name}, in fragments`]: (raw) => sendId(raw, bytes, true),
    });
  }
});

test('frames that are not masked end the connection with 1002 (§5.1)', async () => {
  const unmasked = { mask: false };
  await expectCloseCodes(1002, {
    text: (raw) => raw.send(OPCODE.text, ping(1), unmasked),
    ping: (raw) => raw.send(OPCODE.ping, '', unmasked),
    close: (raw) => raw.send(OPCODE.close, '', unmasked),
    continuation: (raw) => {
      raw.send(OPCODE.text, '{', unfinished);
      raw.send(OPCODE.continuation, '}', unmasked);
    },
  });
});

test('reserved bits end the connection with 1002 where nothing was negotiated (§5.2)', async () => {
  for (const reserved of [1, 2, 3, 4, 5, 6, 7]) {
    expect(await closeCodeAfter((raw) => raw.send(OPCODE.text, ping(1), { reserved }))).toBe(1002);
  }
  await expectCloseCodes(1002, {
    ping: (raw) => raw.send(OPCODE.ping, '', { reserved: 4 }),
    continuation: (raw) => {
      raw.send(OPCODE.text, '{', unfinished);
      raw.send(OPCODE.continuation, '}', { reserved: 2 });
    },
  });
});

test('opcodes that mean nothing end the connection with 1002 (§5.2)', async () => {
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    expect(await closeCodeAfter((raw) => raw.send(opcode, 'x'))).toBe(1002);
  }
});

/** A masked text frame whose length stands in a field of 16 or 64 bits, whatever it is. The mask is zero. */
function withLengthField(bits: 16 | 64, length: bigint, payload: string): Buffer {
  const field = Buffer.alloc(bits / 8);
  if (bits === 16) field.writeUInt16BE(Number(length));
  else field.writeBigUInt64BE(length);
  const head = Buffer.from([0x81, 0x80 | (bits === 16 ? 126 : 127)]);
  return Buffer.concat([head, field, Buffer.alloc(4), Buffer.from(payload)]);
}

// §5.2 obliges the sender to the shortest form; Bun, like most servers, takes the others too. They claim no more than they bring.
test('a length in a field wider than it needs is read for what it says', async () => {
  await using raw = await open();
  for (const bits of [16, 64] as const) {
    const text = ping(`in ${bits} bits`);
    raw.write(withLengthField(bits, BigInt(text.length), text));
    await textWith(raw, `in ${bits} bits`);
  }
});

test('a length no server would hold ends the connection with 1009 before a byte of it is waited for', async () => {
  const absurd = [65_537n, 2n ** 31n, 2n ** 32n, 2n ** 32n + 22n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
  for (const length of absurd) {
    const frame = withLengthField(64, length, ping(1));
    expect([length, await closeCodeAfter((raw) => raw.write(frame))]).toEqual([length, 1009]);
  }
});

test('fragments that only together are too large end the connection with 1009', async () => {
  await expectCloseCodes(1009, {
    'two halves': (raw) => {
      raw.send(OPCODE.text, 'x'.repeat(40_000), unfinished);
      raw.send(OPCODE.continuation, 'x'.repeat(40_000), unfinished);
    },
  });
});
