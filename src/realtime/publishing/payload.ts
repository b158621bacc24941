import { AppError } from '../../errors.ts';

/** Readers parse by recursion: deeper data overflows the stack of a phone, and of JSON.stringify itself. */
const maxDepth = 64;

type Encode = (data: unknown, maxBytes: number) => string;

/** Data of several publications, which is encoded once for all of them. */
export class SharedData {
  readonly #data: unknown;
  readonly #texts = new Map<Encode, string>();

  constructor(data: unknown) {
    this.#data = data;
  }

  encoded(encode: Encode, maxBytes: number): string {
    const known = this.#texts.get(encode) ?? encode(this.#data, maxBytes);
    this.#texts.set(encode, known);
    return known;
  }
}

/** The JSON text of a publication's data. Throws `payload_too_large` over `maxBytes` or 64 levels. */
export function encodeData(data: unknown, maxBytes: number): string {
  checkDepth(data);
  const json = JSON.stringify(data) ?? 'null';
  if (isLonger(json, maxBytes)) {
    throw new AppError('payload_too_large', `The data of a publication may have ${maxBytes} bytes.`);
  }
  return json;
}

/** Throws `payload_too_large` for data of more than 64 levels. */
export function checkDepth(data: unknown): void {
  if (!isDeeper(data, maxDepth)) return;
  throw new AppError('payload_too_large', `The data of a publication may be nested ${maxDepth} levels deep.`);
}

/** Characters of a text, or members of a list or an object, that are left; the last keeps every id that a URL can hold. */
const cuts = [8_192, 4_096, 2_048, 1_024, 256, 64];

/**
 * The JSON text of data that is published whatever its size, since the change it tells of is made already. Data over the
 * limits is cut: long texts to their beginning, long lists to their first members, and `truncated: true` is added for
 * readers, who fetch the rest.
 */
export function encodeFitting(data: unknown, maxBytes: number): string {
  if (!isDeeper(data, maxDepth)) {
    const json = JSON.stringify(data) ?? 'null';
    if (!isLonger(json, maxBytes)) return json;
  }
  const members: object = isScalar(data) || Array.isArray(data) ? {} : Object(data);
  for (const length of cuts) {
    const json = JSON.stringify({ ...Object(cut(members, length, maxDepth - 1)), truncated: true });
    if (!isLonger(json, maxBytes)) return json;
  }
  const short = Object.entries(members).filter(([, value]) => isScalar(value) && String(value).length <= 200);
  const json = JSON.stringify({ ...Object.fromEntries(short.slice(0, 64)), truncated: true });
  return isLonger(json, maxBytes) ? '{"truncated":true}' : json;
}

function cut(value: unknown, length: number, levels: number): unknown {
  // Half a surrogate pair is no text.
  if (typeof value === 'string') return value.length > length ? value.slice(0, length).toWellFormed() : value;
  if (isScalar(value)) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.slice(0, length).map((item) => cut(item, length, levels - 1));
  const kept = Object.entries(Object(value)).slice(0, length);
  return Object.fromEntries(kept.map(([name, member]) => [name, cut(member, length, levels - 1)]));
}

const isScalar = (value: unknown) => typeof value !== 'object' || value === null;

const isLonger = (json: string, maxBytes: number) =>
  json.length * 3 > maxBytes && new TextEncoder().encode(json).length > maxBytes;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}
