import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import {
  access,
  constants,
  link,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../errors.ts';
import {
  type ExpectedUpload,
  type FileStore,
  type FoundUpload,
  type HandedFile,
  headBytes,
  type SignedRequest,
} from '../extension/files/store.ts';
import type { Clock } from '../lib/clock.ts';
import { type LinkRight, openRight, sealRight } from './local-links.ts';

/** The path at which this server serves the links of a local store. */
export const localPath = '/api/files/bytes';

/** Files in a directory of this machine, which every process of the deployment has to see. */
export class LocalFileStore implements FileStore {
  readonly directory: string;
  readonly #clock: Clock;
  #secret: Promise<Uint8Array> | undefined;

  constructor(directory: string, clock: Clock) {
    this.directory = directory;
    this.#clock = clock;
  }

  async uploadLink({ key, type, size, expiresAt: until }: ExpectedUpload): Promise<SignedRequest> {
    const url = await this.#link({ act: 'put', key, type, size, until });
    return { method: 'PUT', url, headers: { 'content-type': type } };
  }

  downloadLink({ key, type, disposition, expiresAt: until }: HandedFile): Promise<string> {
    return this.#link({ act: 'get', key, type, disposition, until });
  }

  /** The right in a link; undefined where it is none, or over. */
  async right(text: string): Promise<LinkRight | undefined> {
    return openRight(text, await this.#key(), this.#clock.now());
  }

  /** Stores what a link lets upload. Throws `file_refused` where it has another length. */
  async receive(key: string, size: number, body: ReadableStream<Uint8Array>): Promise<void> {
    await this.#prepared();
    const draft = this.#at('incoming', `${key}.${crypto.randomUUID()}`);
    let received = 0;
    const counted = async function* () {
      for await (const chunk of body) {
        received += chunk.byteLength;
        if (received > size) throw wrongSize(size);
        yield chunk;
      }
    };
    try {
      await pipeline(counted, createWriteStream(draft, { flags: 'wx', mode: 0o600 }));
      if (received !== size) throw wrongSize(size);
      await rename(draft, this.#at('incoming', key));
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** The place of a file; undefined where none is kept. */
  async placeOf(key: string): Promise<string | undefined> {
    const place = this.#at('kept', key);
    return (await sizeAndVersion(place)) && place;
  }

  async look(key: string): Promise<FoundUpload | undefined> {
    return (await look(this.#at('incoming', key))) ?? (await look(this.#at('kept', key)));
  }

  async keep(key: string, version: string): Promise<boolean> {
    await this.#prepared();
    const [from, to] = [this.#at('incoming', key), this.#at('kept', key)];
    // A second name of the same content: an upload that comes meanwhile takes the first name alone.
    const isNew = await link(from, to).then(() => true, ignoring('EEXIST', 'ENOENT'));
    if ((await sizeAndVersion(to))?.version !== version) {
      if (isNew) await unlink(to);
      return false;
    }
    if (isNew) await rm(from, { force: true });
    return true;
  }

  async remove(key: string, whole: boolean): Promise<void> {
    await rm(this.#at('incoming', key), { force: true });
    if (whole) await rm(this.#at('kept', key), { force: true });
  }

  async check(): Promise<void> {
    // A directory that is not there yet is made with the first upload.
    await access(this.directory, constants.R_OK | constants.W_OK)
      .catch(ignoring('ENOENT'))
      .catch((error: unknown) => {
        throw unusable(error);
      });
  }

  async #link(right: LinkRight): Promise<string> {
    return `${localPath}?link=${sealRight(right, await this.#key())}`;
  }

  #at(room: 'incoming' | 'kept', name: string): string {
    return join(this.directory, room, name);
  }

  async #prepared(): Promise<void> {
    for (const room of ['incoming', 'kept'])
      await mkdir(join(this.directory, room), { recursive: true, mode: 0o700 });
  }

  /** The secret of the links lies beside the files, so that all processes have the same. */
  #key(): Promise<Uint8Array> {
    this.#secret ??= this.#readKey().catch((error: unknown) => {
      this.#secret = undefined;
      throw unusable(error);
    });
    return this.#secret;
  }

  async #readKey(): Promise<Uint8Array> {
    await this.#prepared();
    const place = join(this.directory, '.key');
    // Written aside first, as another process may read it in between.
    const draft = `${place}.${crypto.randomUUID()}`;
    await writeFile(draft, randomBytes(32), { flag: 'wx', mode: 0o600 });
    await link(draft, place).catch(ignoring('EEXIST'));
    await unlink(draft);
    return readFile(place);
  }
}

async function look(place: string): Promise<FoundUpload | undefined> {
  const handle = await open(place).catch(ignoring('ENOENT'));
  if (!handle) return undefined;
  try {
    const { size, mtimeMs, ino } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return { size, version: versionOf({ size, mtimeMs, ino }), head: buffer.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
}

async function sizeAndVersion(place: string) {
  const found = await stat(place).catch(ignoring('ENOENT'));
  return found && { size: found.size, version: versionOf(found) };
}

interface Facts {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

const versionOf = ({ size, mtimeMs, ino }: Facts) => `${ino}-${mtimeMs}-${size}`;

const ignoring =
  (...codes: readonly string[]) =>
  (error: unknown): undefined => {
    if (!(error instanceof Error && 'code' in error && codes.includes(String(error.code)))) throw error;
  };

const unusable = (cause: unknown) =>
  new AppError('files_unavailable', 'The directory of files cannot be used.', { cause });

const wrongSize = (size: number) =>
  new AppError('file_refused', `The upload has not the ${size} bytes that were asked for.`);
