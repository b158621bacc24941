import type { ClientStorage } from '../types.ts';

/**
 * Keeps positions and the outbox in IndexedDB, over a reload. Everything that is set or deleted in one turn is one
 * transaction. Where there is no IndexedDB, as on a server, nothing is kept.
 */
export function indexedDbStorage(name = 'tambuli'): ClientStorage {
  const world = globalThis as { indexedDB?: IDBFactory };
  let opening: Promise<IDBDatabase> | undefined;
  let changes = new Map<string, unknown>();
  let writing: Promise<void> | undefined;

  function open(factory: IDBFactory): Promise<IDBDatabase> {
    opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = factory.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore('items');
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        // Another tab deletes or upgrades it, or the browser closed it: the next call opens it again.
        database.onversionchange = () => {
          database.close();
          opening = undefined;
        };
        database.onclose = () => {
          opening = undefined;
        };
        resolve(database);
      };
    });
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  }

  async function transact<T>(
    mode: IDBTransactionMode,
    run: (items: IDBObjectStore) => IDBRequest<T> | undefined,
  ): Promise<T | undefined> {
    if (!world.indexedDB) return undefined;
    const database = await open(world.indexedDB);
    return new Promise((resolve, reject) => {
      const transaction = database.transaction('items', mode);
      const request = run(transaction.objectStore('items'));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  function change(key: string, value: unknown): Promise<void> {
    changes.set(key, value);
    writing ??= Promise.resolve().then(flush);
    return writing;
  }

  async function flush(): Promise<void> {
    const batch = changes;
    changes = new Map();
    writing = undefined;
    await transact('readwrite', (items) => {
      for (const [key, value] of batch) {
        if (value === undefined) items.delete(key);
        else items.put(value, key);
      }
      return undefined;
    });
  }

  return {
    async entries(prefix) {
      const range = () => IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      const found: [string, unknown][] = [];
      await transact('readonly', (items) => {
        const request = items.openCursor(range());
        request.onsuccess = () => {
          const cursor = request.result;
          if (!cursor) return;
          found.push([String(cursor.key), cursor.value]);
          cursor.continue();
        };
        return undefined;
      });
      return found;
    },
    set: change,
    delete: (key) => change(key, undefined),
  };
}
