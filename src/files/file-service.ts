import type { Database } from '../db/connection/open.ts';
import { attachFiles } from '../db/files/attachments.ts';
import {
  completeFile,
  type FileRow,
  insertFile,
  notePublication,
  readFile,
  removeFile,
} from '../db/files/file-rows.ts';
import type { Publisher } from '../db/publisher.ts';
import { AppError } from '../errors.ts';
import type { FileSettings } from '../extension/files/settings.ts';
import type { FileStore } from '../extension/files/store.ts';
import type { Clock } from '../lib/clock.ts';
import { writtenAt } from '../protocol/schemas/written.ts';
import type { FileType } from '../protocol/wire/file-types.ts';
import { sourceOf } from '../realtime/client-publishing.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Principal } from '../realtime/principal.ts';
import type { RequestKey } from '../realtime/publishing/idempotency.ts';
import { isContentOf } from './content.ts';
import { dispositionOf, fileName, handedType } from './file-name.ts';
import type { File, NewFilePublication, NewUpload } from './model.ts';

export interface FileDeps {
  readonly database: Database;
  readonly publisher: Publisher;
  readonly manager: Pick<RealtimeManager, 'namespaces'>;
  /** Undefined where this server keeps no files. */
  readonly store: FileStore | undefined;
  readonly settings: FileSettings;
  readonly clock: Clock;
}

/**
 * Files of channels: asked for under the channel's rule, uploaded past the gateways, checked by their content before
 * anybody gets them, attached, and handed out by links to those who may read the channel at that moment.
 */
export class FileService {
  readonly #deps: FileDeps;

  constructor(deps: FileDeps) {
    this.#deps = deps;
  }

  /** Throws `forbidden`, `validation_failed`, `payload_too_large`, `rate_limited`, `no_file_store`. */
  async ask(upload: NewUpload, principal: Principal, request: RequestKey | undefined) {
    const { publisher, manager, settings, clock } = this.#deps;
    const store = this.#store();
    this.#checkUpload(upload);
    const channel = await manager.namespaces.uploadable(upload.channel, principal);
    const name = fileName(upload.name, upload.mimeType);
    const { mimeType, size } = upload;
    const { uploadMs, unusedMs } = settings;
    const file = { channel: channel.name, ownerId: ownerOf(principal), name, mimeType, size };
    // A repeat of the request gets a link that ends with the first: the sweep counts on it.
    const until = clock.now() + uploadMs;
    const { result, repeated } = await publisher.transaction(
      async (tx) => {
        const id = crypto.randomUUID();
        if (!(await insertFile(tx, { id, ...file, uploadMs, unusedMs }, settings))) throw overLimit(settings);
        return { row: { ...file, id, isComplete: false, attachedTo: null }, expiresAt: until };
      },
      { request },
    );
    const { row, expiresAt } = result;
    const link = await store.uploadLink({ key: row.id, type: mimeType, size, expiresAt });
    return {
      success: true as const,
      data: shown(row),
      upload: { ...link, method: 'PUT' as const, expiresAt: new Date(expiresAt).toISOString() },
      ...(repeated && { repeated }),
    };
  }

  /**
   * Checks what was uploaded: what is not of its type and size is removed. Throws `not_found`, `conflict` while nothing is
   * uploaded, `file_refused`.
   */
  async complete(id: string, principal: Principal): Promise<File> {
    const { db } = this.#deps.database;
    const store = this.#store();
    const row = await this.#own(id, principal);
    if (row.isComplete) return shown(row);
    const found = await store.look(id);
    if (!found) throw new AppError('conflict', 'Nothing was uploaded by the link yet.');
    if (found.size !== row.size || !isContentOf(row.mimeType as FileType, found.head)) {
      await removeFile(db, id);
      throw new AppError(
        'file_refused',
        `The content is no ${row.mimeType} of ${row.size} bytes, so it is removed.`,
      );
    }
    if (!(await store.keep(id, found.version))) {
      throw new AppError('conflict', 'The upload changed while it was looked at: complete it again.');
    }
    await completeFile(db, id);
    return shown({ ...row, isComplete: true });
  }

  /** A file with a link to it, for its owner, and once it is attached for the readers of its channel. */
  async read(id: string, principal: Principal) {
    const { settings, clock } = this.#deps;
    const store = this.#store();
    const row = await readFile(this.#deps.database.db, id);
    if (!row || !(await this.#mayRead(row, principal))) throw noFile(id);
    if (!row.isComplete) return { success: true as const, data: shown(row), link: null };
    const expiresAt = clock.now() + settings.linkMs;
    const url = await store.downloadLink({
      key: id,
      type: handedType(row.mimeType),
      disposition: dispositionOf(row.name, row.mimeType),
      expiresAt,
    });
    const link = { url, expiresAt: new Date(expiresAt).toISOString() };
    return { success: true as const, data: shown(row), link };
  }

  /** By its owner or a service. Throws `conflict` for a file of a message, with which it goes. */
  async remove(id: string, principal: Principal): Promise<boolean> {
    const { db } = this.#deps.database;
    const row = await readFile(db, id);
    if (!row || (!principal.service && row.ownerId !== ownerOf(principal))) return false;
    if (row.attachedTo?.startsWith('message:')) {
      throw new AppError('conflict', 'The file belongs to a message: delete the message.');
    }
    return (await removeFile(db, id)) > 0;
  }

  /** Publishes files, under the rule for publishing on the channel (R5). */
  async publish(given: NewFilePublication, principal: Principal, request: RequestKey | undefined) {
    const { publisher, manager } = this.#deps;
    const { type, eventType, data: rest = {}, files: ids } = given;
    const destination = await manager.namespaces.writable(given.channel, principal);
    const { name: channel } = destination;
    const attaching = { channel, ownerId: ownerOf(principal), ids };
    const published = await publisher.transaction(
      async (tx, _, appendNow) => {
        const to = `publication:${crypto.randomUUID()}`;
        const data = { ...rest, attachments: await attachFiles(tx, { ...attaching, to }) };
        manager.namespaces.checkContent(destination, 'publications', { type, data }, principal);
        const about = { ...(eventType !== undefined && { eventType }), ...sourceOf(principal) };
        const [appended] = await appendNow([{ channel, type, data, ...about }]);
        if (appended) await notePublication(tx, { channel, to }, appended.offset);
        return data;
      },
      { request, oversized: 'refused' },
    );
    const { result: data } = published;
    return { success: true as const, channel: given.channel, data, ...writtenAt(published) };
  }

  #store(): FileStore {
    const { store } = this.#deps;
    if (store) return store;
    throw new AppError('no_file_store', 'This server keeps no files.');
  }

  #checkUpload({ mimeType, size }: NewUpload): void {
    const { types, maxBytes } = this.#deps.settings;
    if (!types.includes(mimeType)) {
      const field = 'mimeType';
      throw new AppError('validation_failed', `This server takes ${types.join(', ')}.`, { field });
    }
    if (size > maxBytes) {
      throw new AppError('payload_too_large', `A file may have ${maxBytes} bytes.`, { field: 'size' });
    }
  }

  async #own(id: string, principal: Principal): Promise<FileRow> {
    const row = await readFile(this.#deps.database.db, id);
    if (row && row.ownerId === ownerOf(principal)) return row;
    throw noFile(id);
  }

  async #mayRead({ channel, ownerId, attachedTo }: FileRow, principal: Principal): Promise<boolean> {
    if (attachedTo === null && ownerId !== ownerOf(principal)) return false;
    try {
      await this.#deps.manager.namespaces.readable(channel, principal);
      return true;
    } catch (error) {
      // Somebody else learns nothing of a file, not even that there is one.
      if (error instanceof AppError && ['forbidden', 'unknown_channel'].includes(error.code)) return false;
      throw error;
    }
  }
}

/** A service is not somebody. */
const ownerOf = ({ userId, service }: Principal) => (service ? null : userId);

const noFile = (id: string) => new AppError('not_found', `There is no file ${id} that you may have.`);

function overLimit({ uploadsPerHour, uploadBytesPerDay }: FileSettings): AppError {
  return new AppError(
    'rate_limited',
    `One person may upload ${uploadsPerHour} files in an hour and ${uploadBytesPerDay} bytes in a day.`,
    { retryAfterMs: 3_600_000 },
  );
}

function shown({ id, isComplete, attachedTo, channel, name, mimeType, size }: FileRow): File {
  const state = attachedTo !== null ? 'attached' : isComplete ? 'complete' : 'waiting';
  return { fileId: id, channel, name, mimeType, size, state };
}
