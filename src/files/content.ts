import type { FileType } from '../protocol/wire/file-types.ts';

/**
 * Whether the first bytes of a file are those of its type. Containers say no more than what they contain it in: an
 * `audio/mp4` may have a picture too, and is handed out as `audio/mp4` all the same.
 */
export function isContentOf(type: FileType, head: Uint8Array): boolean {
  return tests[type](Buffer.from(head.buffer, head.byteOffset, head.byteLength));
}

type Test = (head: Buffer) => boolean;

const starts =
  (signature: string, at = 0): Test =>
  (head) =>
    head.subarray(at).indexOf(Buffer.from(signature, 'latin1')) === 0;

const heicBrands = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];
const mp4Brands = [
  'M4A ',
  'M4B ',
  'M4V ',
  'avc1',
  'dash',
  'iso2',
  'iso4',
  'iso5',
  'iso6',
  'isom',
  'mp41',
  'mp42',
];

/** ISO/IEC 14496-12 §4.3: the first box of the file lists the brands it conforms to. */
const hasBrand =
  (known: readonly string[], other: readonly string[] = []): Test =>
  (head) => {
    if (head.toString('latin1', 4, 8) !== 'ftyp') return false;
    const end = Math.min(head.readUInt32BE(0), head.byteLength);
    const brands: string[] = [];
    for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(head.toString('latin1', at, at + 4));
    return brands.some((brand) => known.includes(brand)) && !brands.some((brand) => other.includes(brand));
  };

/** An EBML header (RFC 8794) whose DocType is `webm`. */
const webm: Test = (head) =>
  starts('\x1A\x45\xDF\xA3')(head) &&
  head.subarray(0, 64).includes(Buffer.from('\x42\x82\x84webm', 'latin1'));

/** An ID3 tag, or a frame of layer III. */
const mpeg: Test = (head) => {
  if (starts('ID3')(head)) return true;
  const [first = 0, second = 0] = head;
  return first === 0xff && (second & 0xe6) === 0xe2 && (second & 0x18) !== 0x08;
};

const utf8: Test = (head) => {
  try {
    // The last sign may be cut.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no text has.
    return !/[\u0000-\u0008\u000b\u000e-\u001f]/.test(text);
  } catch {
    return false;
  }
};

const tests: Readonly<Record<FileType, Test>> = {
  'application/pdf': starts('%PDF-'),
  'audio/mp4': hasBrand(mp4Brands, heicBrands),
  'audio/mpeg': mpeg,
  'audio/ogg': starts('OggS'),
  'audio/webm': webm,
  'image/heic': hasBrand(heicBrands),
  'image/jpeg': starts('\xFF\xD8\xFF'),
  'image/png': starts('\x89PNG\r\n\x1A\n'),
  'image/webp': (head) => starts('RIFF')(head) && starts('WEBP', 8)(head),
  'text/plain': utf8,
  'video/mp4': hasBrand(mp4Brands, heicBrands),
};
