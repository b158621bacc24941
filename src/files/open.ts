import type { BucketSettings, FileSettings } from '../extension/files/settings.ts';
import type { FileStore } from '../extension/files/store.ts';
import type { Clock } from '../lib/clock.ts';
import { LocalFileStore } from './local-store.ts';
import { S3FileStore } from './s3-store.ts';

/** The store that the configuration names; undefined where it names none. */
export function fileStore(
  { directory }: Pick<FileSettings, 'directory'>,
  bucket: BucketSettings | undefined,
  clock: Clock,
): FileStore | undefined {
  if (bucket) return new S3FileStore(bucket, clock);
  return directory === undefined ? undefined : new LocalFileStore(directory, clock);
}
