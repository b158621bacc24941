import type { FileType } from '../../protocol/wire/file-types.ts';

/** The limits of files, safe to log. */
export interface FileSettings {
  readonly types: readonly FileType[];
  readonly maxBytes: number;
  /** The life of a download link, and so the time within which a right that ends has ended. Milliseconds. */
  readonly linkMs: number;
  /** The life of an upload link. Milliseconds. */
  readonly uploadMs: number;
  /** The time after which an upload that nothing refers to is removed. Milliseconds. */
  readonly unusedMs: number;
  readonly uploadsPerHour: number;
  readonly uploadBytesPerDay: number;
  /** The place of files on this machine, where no bucket is set; without both this server keeps none. */
  readonly directory?: string;
}

/** A bucket of a storage that speaks the protocol of Amazon S3. */
export interface BucketSettings {
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
