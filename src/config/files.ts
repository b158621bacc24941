import { type Static, Type } from '@sinclair/typebox';
import type { BucketSettings, FileSettings } from '../extension/files/settings.ts';
import { type FileType, fileTypes } from '../protocol/wire/file-types.ts';
import { integer, secret, text } from './variable-types.ts';

const minute = 60_000;
const hour = 60 * minute;
const mebibyte = 1_048_576;

/** The variables of files that people attach. */
export const fileVariables = {
  S3_BUCKET: text(
    'the name of a bucket',
    'Bucket of files that people attach, in a storage that speaks the protocol of Amazon S3; with S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY',
    { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,253}$' },
  ),
  S3_ENDPOINT: text(
    'an address such as https://s3.example.com or http://minio:9000',
    'Address of the storage, which devices reach too; unset means Amazon’s in S3_REGION',
    { pattern: '^https?://[^\\s/?#]+/?$' },
  ),
  S3_REGION: Type.String({
    pattern: '^[a-z0-9-]{1,40}$',
    default: 'us-east-1',
    expected: 'a region such as ap-southeast-1, or auto',
    description: 'Region of the bucket',
  }),
  S3_ACCESS_KEY_ID: text('the id of an access key', 'Access key of the storage', { pattern: '^[!-~]+$' }),
  S3_SECRET_ACCESS_KEY: secret('the secret of that access key', 'Secret of the access key', {
    pattern: '^[!-~]+$',
  }),
  FILES_DIRECTORY: text(
    'the path of a directory',
    'Place of files where no bucket is set: a directory that every process sees; unset means `.data/files` in development, otherwise there are no files',
  ),
  FILE_TYPES: Type.Optional(
    Type.Array(Type.Union(fileTypes.map((type) => Type.Literal(type))), {
      minItems: 1,
      uniqueItems: true,
      expected: `a comma-separated list of ${fileTypes.join(', ')}`,
      description: `Types of files that may be uploaded; unset means all that there are, ${fileTypes.map((type) => `\`${type}\``).join(', ')}`,
    }),
  ),
  FILE_MAX_BYTES: integer(1, 1024 * mebibyte, 25 * mebibyte, 'Largest file, in bytes'),
  FILE_LINK_MS: integer(
    5_000,
    hour,
    2 * minute,
    'Life of a download link; somebody who may read a channel no longer loses its files within this time',
  ),
  FILE_UPLOAD_MS: integer(10_000, 24 * hour, 15 * minute, 'Life of an upload link'),
  FILE_UNUSED_MS: integer(
    minute,
    30 * 24 * hour,
    24 * hour,
    'Time after which an upload that was attached to nothing is removed',
  ),
  LIMIT_UPLOADS_PER_HOUR: integer(1, 1_000_000, 100, 'Uploads that one user may begin in an hour'),
  LIMIT_DAILY_UPLOAD_BYTES: integer(
    1,
    1024 * 1024 * mebibyte,
    512 * mebibyte,
    'Bytes that one user may upload in 24 hours',
  ),
};

type FileValues = Partial<Static<ReturnType<typeof Type.Object<typeof fileVariables>>>> & {
  readonly NODE_ENV: string;
};

const together = ['S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;

/** Reports what no variable shows by itself. */
export function checkFiles(
  has: (name: keyof typeof fileVariables) => boolean,
  report: (name: keyof typeof fileVariables, found: string, expected: string) => void,
): void {
  const given = [...together, 'S3_ENDPOINT' as const].find(has);
  for (const name of together)
    if (given && !has(name)) report(name, 'nothing', `this too, as ${given} is set`);
  if (has('FILES_DIRECTORY') && has('S3_BUCKET')) {
    report('FILES_DIRECTORY', 'a directory', 'nothing, as S3_BUCKET is set: files lie in one place');
  }
}

export function fileSettings(values: FileValues): FileSettings {
  const isDevelopment = values.NODE_ENV === 'development';
  const directory = values.FILES_DIRECTORY ?? (isDevelopment ? '.data/files' : undefined);
  return {
    types: (values.FILE_TYPES ?? fileTypes) as readonly FileType[],
    maxBytes: values.FILE_MAX_BYTES ?? 0,
    linkMs: values.FILE_LINK_MS ?? 0,
    uploadMs: values.FILE_UPLOAD_MS ?? 0,
    unusedMs: values.FILE_UNUSED_MS ?? 0,
    uploadsPerHour: values.LIMIT_UPLOADS_PER_HOUR ?? 0,
    uploadBytesPerDay: values.LIMIT_DAILY_UPLOAD_BYTES ?? 0,
    ...(directory && !values.S3_BUCKET && { directory }),
  };
}

export function bucketSettings(values: FileValues): BucketSettings | undefined {
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  const { S3_ENDPOINT: endpoint, S3_REGION: region = 'us-east-1' } = values;
  if (!bucket || !accessKeyId || !secretAccessKey) return undefined;
  return { bucket, accessKeyId, secretAccessKey, region, ...(endpoint && { endpoint }) };
}
