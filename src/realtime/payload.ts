import { AppError } from '../errors.ts';

/** Readers parse by recursion: deeper data overflows the stack of a phone, and of JSON.stringify itself. */
const maxDepth = 64;

/** The JSON text of a publication's data. Throws `payload_too_large` over `maxBytes` or 64 levels. */
export function encodeData(data: unknown, maxBytes: number): string {
  if (isDeeper(data, maxDepth)) {
    throw new AppError(
      'payload_too_large',
      `The data of a publication may be nested ${maxDepth} levels deep.`,
    );
  }
  const json = JSON.stringify(data) ?? 'null';
  if (json.length * 3 > maxBytes && new TextEncoder().encode(json).length > maxBytes) {
    throw new AppError('payload_too_large', `The data of a publication may have ${maxBytes} bytes.`);
  }
  return json;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}
