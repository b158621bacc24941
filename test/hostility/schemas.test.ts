import { afterAll, beforeAll, expect, test } from 'bun:test';
import { FormatRegistry, type TSchema } from '@sinclair/typebox';
import {
  inputsOf,
  schemasWithin,
  startWholeService,
  type WholeService,
} from '../support/documents/declared-schemas.ts';

let service: WholeService;
beforeAll(async () => {
  service = await startWholeService();
});
afterAll(() => service[Symbol.asyncDispose]());

interface Found {
  readonly place: string;
  readonly schema: TSchema & {
    readonly pattern?: string;
    readonly format?: string;
    readonly maxLength?: number;
  };
}

const texts = (): Found[] =>
  [...inputsOf(service)].flatMap(([place, root]) =>
    [...schemasWithin(root)]
      .filter(([, schema]) => schema['type'] === 'string' && schema['const'] === undefined)
      .map(([path, schema]) => ({ place: place + path, schema })),
  );

test('the schemas of all routes, frames and handshakes are looked at', () => {
  const places = texts().map(({ place }) => place);
  for (const known of [
    'POST /api/realtime/publish body.type',
    'POST /api/v1/realtime/activity body[].occurredAt',
    'GET /api/realtime/stream headers.last-event-id',
    'GET /api/venues/:id params.id',
    'frame subscribe.channel',
    'frame event_ack.eventId',
    'auth of socket.io.token',
  ]) {
    expect(places).toContain(known);
  }
});

test('every text that comes from outside has a length', () => {
  const endless = texts().filter(
    ({ schema: { maxLength, format } }) => maxLength === undefined && !isBounded(format),
  );
  expect(endless.map(({ place }) => place)).toEqual([]);
});

test('every pattern is anchored at both ends, or looks ahead from the beginning alone', () => {
  const loose = texts().filter(({ schema: { pattern } }) => pattern !== undefined && !isAnchored(pattern));
  expect(loose.map(({ place, schema }) => `${place}: ${schema.pattern}`)).toEqual([]);
});

test('hostile texts of twice the length take at most little more than twice the time, in every pattern and format', () => {
  const slow: string[] = [];
  const patterns = new Set(texts().flatMap(({ schema }) => schema.pattern ?? []));
  for (const pattern of patterns) slow.push(...slowness(pattern, regexCheck(pattern)));
  for (const [format, check] of FormatRegistry.Entries()) {
    // Those of Elysia that no schema of ours uses are nobody's to reach.
    if (texts().some(({ schema }) => schema.format === format)) slow.push(...slowness(format, check));
  }
  expect(slow).toEqual([]);
});

test('what is quadratic would be found', () => {
  expect(slowness('quadratic', regexCheck('a*b|x')).length).toBeGreaterThan(0);
});

function regexCheck(pattern: string): (text: string) => boolean {
  const regex = new RegExp(pattern);
  return (text) => regex.test(text);
}

/** A format that admits nothing long, whatever it is made of. */
function isBounded(format: string | undefined): boolean {
  const check = format === undefined ? undefined : FormatRegistry.Get(format);
  return check !== undefined && !units.some((unit) => check(unit.repeat(1_000)));
}

function isAnchored(pattern: string): boolean {
  return (
    /^\^\(\?!.*\)$/.test(pattern) ||
    (/^\^/.test(pattern) && /\$$/.test(pattern) && !/^\^[^(]*\|/.test(pattern))
  );
}

const units = [
  '0',
  '1',
  'a',
  'A',
  'f',
  ' ',
  '-',
  '.',
  ':',
  '/',
  'T',
  '+',
  '%',
  ',',
  '\\',
  '\0',
  '\ud800',
  '👍',
  '0 ',
  'a.',
  'a-',
  'a/',
  'a,',
  '1:',
  '12-',
  '2026-01-01T',
];
const heads = ['', 'https://', 'https://a/', '/', '2026-01-01T00:00:00', '2026-01-01T00:00:00.', 'a', '1'];
const length = 8_000;

/** Texts that take more than thrice the time where they are twice as long. */
function slowness(name: string, check: (text: string) => boolean): string[] {
  const found: string[] = [];
  for (const head of heads) {
    for (const unit of units) {
      const text = (size: number) => `${head}${unit.repeat(size / unit.length)}\u0001`;
      const [half, whole] = [text(length / 2), text(length)];
      // A check that is over in no time cannot be told from noise, and harms nobody.
      if (fastest(() => check(whole)) < 2) continue;
      // A busy machine disturbs some trials; work that grows faster fails them all.
      const isFit = [1, 2, 3, 4].some(() => fastest(() => check(whole)) <= 3 * fastest(() => check(half)));
      if (!isFit) found.push(`${name} at ${JSON.stringify(head + unit)}…`);
    }
  }
  return found;
}

/** Milliseconds, of the best of three: what else the machine does only adds. */
function fastest(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}
