import { type ServiceScope, serviceScopes } from '../realtime/principal.ts';

export type JwtKeys = readonly { readonly kid?: string; readonly secret: string }[];

/** Keys of other backends. The id stands in the audit log. */
export type ServiceKeys = readonly {
  readonly id: string;
  readonly key: string;
  readonly scopes: readonly ServiceScope[];
}[];

/** RFC 7518 §3.2: an HS256 key is at least as long as the hash. */
const leastSecretBytes = 32;
const serviceKeyPattern = /^[\x21-\x7e]{24,1000}$/;
const idPattern = /^[A-Za-z][\w.-]{0,63}$/;

/** The words of a fault, which hold nothing of a secret. */
type Wrong = string;

/** The keys in JWT_SECRET, or what is wrong with it. */
export function parseJwtKeys(text: string): JwtKeys | Wrong {
  const entries = isObject(text) ? parseEntries(text) : undefined;
  if (typeof entries === 'string') return entries;
  const keys = entries?.map(([kid, secret]) => ({ kid, secret })) ?? [{ secret: text }];
  if (keys.length === 0) return 'a JSON object without keys';
  if (!keys.every(hasText)) return 'a secret that is not a string';
  for (const { secret } of keys) {
    const bytes = new TextEncoder().encode(secret).byteLength;
    if (bytes < leastSecretBytes) return `a secret of ${bytes} bytes`;
    if (secret !== secret.trim()) return 'a secret with white space around it';
  }
  return keys;
}

/** The keys in SERVICE_API_KEY, one that stands alone with every scope, or what is wrong with it. */
export function parseServiceKeys(text: string): ServiceKeys | Wrong {
  const entries = isObject(text) || text.startsWith('[') ? parseEntries(text) : [['service', text] as const];
  if (typeof entries === 'string') return entries;
  if (entries.length === 0) return 'a JSON object without keys';
  const keys: ServiceKeys[number][] = [];
  for (const [id, value] of entries) {
    const {
      key,
      scopes = serviceScopes,
      ...unknown
    } = typeof value === 'string' ? { key: value } : Object(value);
    const [field] = Object.keys(unknown);
    if (field !== undefined) return `the field ${JSON.stringify(field)} of the key ${id}`;
    if (typeof key !== 'string') return `no "key" of ${id}`;
    if (!serviceKeyPattern.test(key))
      return `a key of ${key.length} characters${id === 'service' ? '' : ` as ${id}`}`;
    if (!isScopes(scopes)) return `the scopes of the key ${id}`;
    if (keys.some((other) => other.key === key)) return `the key ${id} a second time`;
    keys.push({ id, key, scopes });
  }
  return keys;
}

const isObject = (text: string) => text.trimStart().startsWith('{');

function isScopes(value: unknown): value is readonly ServiceScope[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => serviceScopes.includes(each));
}

/** The members of a JSON object by their ids, in order. */
function parseEntries(text: string): readonly (readonly [id: string, value: unknown])[] | Wrong {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'a text that begins with { and is not JSON';
  }
  const entries = Object.entries(Object(parsed));
  // JavaScript sorts keys that look like integers, and the first key has to stay the one that signs.
  if (entries.every(([id]) => idPattern.test(id))) return entries;
  return 'a key id that is not a letter followed by letters, digits, "_", "." or "-"';
}

function hasText(key: { kid?: string; secret: unknown }): key is { kid?: string; secret: string } {
  return typeof key.secret === 'string';
}
