import type { Undo } from '../types.ts';
import { isServer, type Source } from './sources.ts';

/** A store as Svelte reads it, `$store` in a component: begins with the first reader, and stops after the last. */
export interface Readable<T> {
  subscribe(run: (value: T) => void): Undo;
}

/** The store over a source; on a server nothing of the source is touched. */
export function readable<T>({ get, subscribe, onServer }: Source<T>): Readable<T> {
  const readers = new Map<object, (value: T) => void>();
  let stop: Undo | undefined;
  return {
    subscribe(run) {
      if (isServer()) {
        run(onServer);
        return () => undefined;
      }
      const reader = {};
      readers.set(reader, run);
      if (readers.size === 1) {
        stop = subscribe(() => {
          for (const each of [...readers.values()]) each(get());
        });
      }
      run(get());
      return () => {
        if (readers.delete(reader) && readers.size === 0) stop?.();
      };
    },
  };
}
