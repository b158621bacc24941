import type { FileType } from '../../../src/protocol/wire/file-types.ts';

const bytes = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')));

const box = (brands: string) => bytes([0, 0, 0, 8 + brands.length], 'ftyp', brands, '\0\0\0\x08free');

/** The beginning of a file of each type, as programs write it. */
export const samples: Readonly<Record<FileType, Uint8Array>> = {
  'application/pdf': bytes('%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n'),
  // MediaRecorder of Safari.
  'audio/mp4': box('iso5\0\0\x02\0iso5iso6mp41'),
  'audio/mpeg': bytes('ID3\x04\0\0\0\0\0\x21TSSE'),
  'audio/ogg': bytes('OggS\0\x02\0\0\0\0\0\0\0\0\x1C\x6B\x8B\x45\0\0\0\0OpusHead'),
  // MediaRecorder of Chromium.
  'audio/webm': bytes(
    [0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 0x01, 0x42, 0xf7, 0x81, 0x01, 0x42, 0xf2, 0x81, 0x04],
    [0x42, 0xf3, 0x81, 0x08, 0x42, 0x82, 0x84],
    'webm',
    [0x42, 0x87, 0x81, 0x04, 0x42, 0x85, 0x81, 0x02, 0x18, 0x53, 0x80, 0x67],
  ),
  // A photograph of an iPhone.
  'image/heic': box('heic\0\0\0\0mif1MiHBmiafheic'),
  'image/jpeg': bytes([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10], 'JFIF\0'),
  'image/png': Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
  'image/webp': bytes('RIFF', [0x24, 0, 0, 0], 'WEBPVP8 '),
  'text/plain': new TextEncoder().encode('Grüße, ate Linda: bukas 8:00 🎉\n'),
  'video/mp4': box('isom\0\0\x02\0isomiso2avc1mp41'),
};
