import { afterAll, beforeAll, expect, test } from 'bun:test';
import { exchange, requestBytes } from '../support/clients/raw-http.ts';
import { faultsIn } from '../support/log-lines.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { insideIn } from './inside.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  expect(faultsIn(service.logged())).toEqual([]);
  await service[Symbol.asyncDispose]();
});

const body = JSON.stringify({ hearingId: 123, eventType: 'updated' });
const size = body.length;
const chunked = 'Transfer-Encoding: chunked';
const inOneChunk = `${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
/** The text that must not be taken for a request where it stands inside the body of another. */
const smuggled = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';

function post(headers: readonly string[], content: string): string {
  const lines = ['POST /ws/broadcast/hearing HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  return `${[...lines, ...headers].join('\r\n')}\r\n\r\n${content}`;
}

/** The statuses that come back for the bytes and for a last request, until the server ends the connection. */
async function statusesAfter(bytes: string): Promise<number[]> {
  const { text } = await exchange(service.url, bytes, { followedBy: requestBytes('GET', '/health') });
  expect(insideIn(text)).toBeUndefined();
  expect(text).not.toContain('tambuli_');
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
}

async function expectStatuses(statuses: readonly number[], requests: Readonly<Record<string, string>>) {
  for (const [name, bytes] of Object.entries(requests)) {
    expect([name, await statusesAfter(bytes)]).toEqual([name, [...statuses]]);
  }
}

test('a body whose length is said in two ways, or in none that counts, is refused and nothing after it is read', async () => {
  await expectStatuses([400], {
    'two lengths': post([`Content-Length: ${size}`, 'Content-Length: 5'], body),
    'a list of lengths': post([`Content-Length: ${size}, ${size}`], body),
    'a negative length': post(['Content-Length: -1'], body),
    'a length with a sign': post([`Content-Length: +${size}`], body),
    'a hexadecimal length': post([`Content-Length: 0x${size.toString(16)}`], body),
    'an empty length': post(['Content-Length:'], body),
    'a length beyond 64 bits': post(['Content-Length: 99999999999999999999'], body),
    'a length, then chunks': post([`Content-Length: ${size}`, chunked], `0\r\n\r\n${smuggled}`),
    'chunks, then a length': post([chunked, 'Content-Length: 4'], inOneChunk),
    'chunks by another name': post(['Transfer-Encoding: xchunked'], inOneChunk),
    'chunks and something after': post(['Transfer-Encoding: chunked, identity'], inOneChunk),
    'chunks, compressed': post(['Transfer-Encoding: gzip, chunked'], inOneChunk),
    'chunks, and then not': post([chunked, 'Transfer-Encoding: identity'], inOneChunk),
    'a space before the colon': post(['Transfer-Encoding : chunked'], inOneChunk),
    'a field on two lines': post(['Transfer-Encoding:', ' chunked'], inOneChunk),
  });
});

test('chunks that are none are refused and nothing after them is read', async () => {
  await expectStatuses([400], {
    'no number': post([chunked], 'zz\r\nabc\r\n0\r\n\r\n'),
    'a negative size': post([chunked], '-5\r\nabc\r\n0\r\n\r\n'),
    'a size beyond 64 bits': post([chunked], `${'f'.repeat(17)}\r\nabc\r\n0\r\n\r\n`),
    'more than the size says': post([chunked], `3\r\n${smuggled}\r\n0\r\n\r\n`),
    'lines that end in LF': post([chunked], inOneChunk.replaceAll('\r\n', '\n')),
  });
});

test('what stands inside a body is body, whatever it looks like', async () => {
  await expectStatuses([200, 200], {
    'the same length twice': post([`Content-Length: ${size}`, `Content-Length: ${size}`], body),
    'one chunk': post([chunked], inOneChunk),
    'a chunk with an extension': post([chunked], inOneChunk.replace('\r\n', `;a=${'b'.repeat(2_000)}\r\n`)),
    'a GET with a request in its body': `GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  });
  await expectStatuses([400, 200], {
    'a request for a body': post([`Content-Length: ${smuggled.length}`], smuggled),
    'a request in a chunk': post([chunked], `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`),
  });
});

test('a body shorter than it is leaves the rest as what it is: no request', async () => {
  await expectStatuses([400, 400], { 'five of its bytes': post(['Content-Length: 5'], body) });
});
