import type { Random } from '../support/random.ts';

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

export function upTo(random: Random, most: number): number {
  return Math.floor(random() * (most + 1));
}

const keys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'type',
  'id',
  'channel',
  'data',
  '',
  '0',
  'length',
];

const scalars: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.1,
  1e21,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 63,
  5e-324,
  '',
  ' ',
  '0',
  'null',
  '\0',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\udc00\ud800',
  'ñ'.repeat(100),
  '👩‍👩‍👧'.repeat(20),
  'e\u0301',
  '٣',
  '%00',
  '%2e%2e%2f',
  '../../etc/passwd',
  "' or 1=1; --",
  '{{7*7}}',
  '<script>',
  '\r\nX-Injected: yes',
  '2026-01-31T08:00:00Z',
  '-271821-04-20T00:00:00.000Z',
  ...keys,
];

const channels = [
  'hearings',
  'cases',
  'persons',
  'notifications',
  'notifications:resident7',
  'notifications:resident7:',
  'notifications%3Aresident7',
  'Notifications',
  'case:456',
  'case:0456',
  'case:2147483648',
  'case:1e3',
  'case:',
  'case::',
  'hearings:1',
  'hearings,notifications',
  'hearings@x:1',
  'canary',
  '*',
  'a'.repeat(201),
];

const positions = [
  'x:0',
  'x:-1',
  'x:1e3',
  'x:9007199254740993',
  'x:00',
  ':',
  'x:',
  ':1',
  `${'e'.repeat(33)}:1`,
];

/** Anything but what was expected. */
function strangeValue(random: Random): unknown {
  const kind = random();
  if (kind < 0.5) return pick(random, scalars);
  if (kind < 0.65) return pick(random, channels);
  if (kind < 0.75) return pick(random, positions);
  if (kind < 0.8) return 'x'.repeat(2 ** upTo(random, 13));
  if (kind < 0.85) return nested(upTo(random, 500));
  if (kind < 0.93) return Array.from({ length: upTo(random, 5) }, () => pick(random, scalars));
  return Object.fromEntries([[pick(random, keys), pick(random, scalars)]]);
}

export function strangeText(random: Random): string {
  const value = strangeValue(random);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

type Json = Record<string, unknown>;

/** The object with some of its members replaced, left out, wrapped, renamed or joined by others, at any depth. */
function mutateObject(random: Random, original: Json): Json {
  const object: Json = { ...original };
  for (let left = 1 + upTo(random, 2); left > 0; left--) {
    const key = pick(random, [...Object.keys(object), pick(random, keys)]);
    const value = object[key];
    const way = random();
    if (isObject(value) && way < 0.5) define(object, key, mutateObject(random, value));
    else if (Array.isArray(value) && way < 0.5) define(object, key, mutateItems(random, value));
    else if (way < 0.6) define(object, key, strangeValue(random));
    else if (way < 0.7) delete object[key];
    else if (way < 0.8) define(object, key, pick(random, [[value], { value }, [value, value]]));
    else if (typeof value === 'string') define(object, key, mutateText(random, value));
    else define(object, pick(random, keys), value);
  }
  return object;
}

function mutateItems(random: Random, items: readonly unknown[]): unknown[] {
  return items.map((item) => (isObject(item) && random() < 0.5 ? mutateObject(random, item) : item));
}

/** Sets a member of its own, also where the name is `__proto__`. */
function define(object: Json, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The text cut, repeated, in another case, or with something in it. */
export function mutateText(random: Random, text: string): string {
  const at = upTo(random, text.length);
  const way = random();
  if (way < 0.3) return text.slice(0, at);
  if (way < 0.5) return text.slice(0, at) + String(pick(random, scalars)) + text.slice(at);
  if (way < 0.6) return text + text;
  if (way < 0.7) return text.slice(0, at) + text.slice(at + 1);
  if (way < 0.8) return text.toUpperCase();
  return text.slice(0, at) + String.fromCharCode(upTo(random, 0xffff)) + text.slice(at + 1);
}

/** JSON of the object, one time in five mutated, mostly as an object, sometimes as a text. */
export function mutatedJson(random: Random, original: Json): string {
  const way = random();
  if (way < 0.2) return JSON.stringify(original);
  const json = JSON.stringify(mutateObject(random, original));
  if (way < 0.85) return json;
  if (way < 0.9) return mutateText(random, json);
  if (way < 0.93) return json.replace(/:("[^"]*"|\d+)/, ':1e999');
  if (way < 0.96) return json.replace('{', `{${JSON.stringify(pick(random, Object.keys(original)))}:7,`);
  return JSON.stringify(strangeValue(random));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
