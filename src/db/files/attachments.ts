import { AppError } from '../../errors.ts';
import type { FileType } from '../../protocol/wire/file-types.ts';
import type { Drizzle } from '../connection/open.ts';
import { type Attaching, attachRows, type FileRow } from './file-rows.ts';

/** A file as a message or a publication refers to it. */
export interface AttachedFile {
  readonly name: string;
  readonly mimeType: FileType;
  readonly size: number;
  /** For readers that know places alone. */
  readonly reference: string;
  readonly fileId: string;
}

/**
 * Attaches files, all or none; a repeat for the same thing returns the same. Runs as the role that owns the engine's
 * tables. Throws `not_found` where one of them is not a complete upload of this owner for this channel, or is attached to
 * something else: an id says nothing of a file to anybody else.
 */
export async function attachFiles(tx: Drizzle, attaching: Attaching): Promise<AttachedFile[]> {
  const rows = new Map((await attachRows(tx, attaching)).map((row) => [row.id, row]));
  return attaching.ids.map((id) => {
    const row = rows.get(id.toLowerCase());
    if (row) return attachedFile(row);
    throw new AppError(
      'not_found',
      `There is no complete upload ${id} of yours for this channel that is not attached yet.`,
      { field: 'attachments' },
    );
  });
}

const attachedFile = ({ id, name, mimeType, size }: FileRow): AttachedFile => ({
  name,
  mimeType: mimeType as FileType,
  size,
  reference: `files/${id}`,
  fileId: id,
});
