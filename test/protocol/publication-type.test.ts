import { expect, test } from 'bun:test';
import { BatchFrame } from '../../src/protocol/frames/publication-frames.ts';
import { serverFrames } from '../../src/protocol/frames/server-frames.ts';
import { isPublicationType } from '../../src/protocol/name.ts';
import { skippedType } from '../../src/protocol/wire/publication.ts';

test('no publication has the type of a frame that the server sends itself', () => {
  for (const type of [...Object.keys(serverFrames), BatchFrame.properties.type.const, skippedType]) {
    expect({ type, isFree: isPublicationType(type) }).toEqual({ type, isFree: false });
  }
  for (const type of ['batches', 'hearing_update', 'Connected']) {
    expect({ type, isFree: isPublicationType(type) }).toEqual({ type, isFree: true });
  }
});
