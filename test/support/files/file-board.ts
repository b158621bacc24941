import type { FileStore } from '../../../src/extension/files/store.ts';
import { LocalFileStore } from '../../../src/files/local-store.ts';
import { sweepFiles } from '../../../src/files/sweep.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createTestDatabase } from '../postgres/postgres.ts';
import { startTestService, type TestService } from '../services/service.ts';
import { askFiles, type Caller } from './file-client.ts';
import { createFileDirectory } from './file-directory.ts';
import { fileDomain } from './file-domain.ts';

/** The local store, with places at which a process can die. */
class DyingStore extends LocalFileStore {
  diesAfterKeep = false;

  override async keep(key: string, version: string): Promise<boolean> {
    const isKept = await super.keep(key, version);
    if (this.diesAfterKeep) throw new Error('The process died.');
    return isKept;
  }
}

export const onBoard = { channel: 'board:a' };

/** A service whose boards take files, and a directory of them. */
export interface FileBoard extends AsyncDisposable {
  readonly service: TestService;
  readonly store: DyingStore;
  caller(userId: string, role: string): Caller;
  /** Somebody new of board `a`. */
  writer(): Caller;
  reader(): Caller;
  publish(
    who: Caller,
    files: readonly string[],
    more?: object,
    headers?: Readonly<Record<string, string>>,
  ): ReturnType<typeof askFiles>;
  rows(fileId: string): Promise<readonly unknown[]>;
  /** Lets the next sweep look at a file; `what` is added to the present time. */
  due(fileId: string, what?: string): Promise<unknown>;
  sweep(by?: FileStore): Promise<unknown>;
}

export async function startFileBoard(): Promise<FileBoard> {
  await using opened = new AsyncDisposableStack();
  const { directory } = opened.use(await createFileDirectory());
  const store = new DyingStore(directory, systemClock);
  const database = opened.use(await createTestDatabase({ domains: [] }));
  const service = opened.use(
    await startTestService({
      database,
      extraDomains: [fileDomain],
      ports: { fileStore: store },
      env: {
        DOMAINS: 'barangay',
        FILE_MAX_BYTES: '3000000',
        FILE_TYPES: 'audio/webm,image/png,text/plain',
        LIMIT_REQUESTS_PER_MINUTE: '100000',
      },
    }),
  );
  let people = 0;
  const caller = (userId: string, role: string): Caller => ({
    url: service.url,
    headers: { 'x-user-id': userId, 'x-role': role },
  });
  const somebody = (role: string) => caller(`a-${role}-${++people}`, role);
  const { query } = service.database;
  const owned = opened.move();
  return {
    service,
    store,
    caller,
    writer: () => somebody('writer'),
    reader: () => somebody('reader'),
    publish: (who, files, more = {}, headers) =>
      askFiles(who, 'POST', '/publish', { ...onBoard, type: 'voice', files, ...more }, headers),
    rows: (fileId) => query('select from realtime_files where id = $1', [fileId]),
    due: (fileId, what = '') =>
      query(`update realtime_files set due_at = now() ${what} where id = $1`, [fileId]),
    sweep: (by = store) => sweepFiles({ query, store: by }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
