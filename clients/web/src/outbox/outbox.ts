import { TambuliError } from '../errors.ts';
import type { ClientFrame, ServerFrame } from '../links/link.ts';
import { listeners } from '../listeners.ts';
import * as Pause from '../pauses.ts';
import type { ClientStorage, Environment, Outbox, OutboxItem, Undo } from '../types.ts';

interface OutboxHost {
  readonly environment: Environment;
  readonly storage: ClientStorage | undefined;
  isReady(): boolean;
  /** Rejects with a TambuliError; `network` when the connection went first. */
  request(frame: ClientFrame): Promise<ServerFrame>;
  report(code: string, cause: unknown): void;
  changed(): void;
  /** Reports a write that fails. */
  keep(write: Promise<void> | undefined): unknown;
}

type Receipt = { readonly position: string | undefined };

interface Entry {
  item: OutboxItem;
  /** In the storage. */
  readonly place: string;
  readonly settle?: { resolve(receipt: Receipt): void; reject(error: TambuliError): void } | undefined;
}

/** Publications in the order in which they were made, one under way at a time. */
export interface OwnOutbox extends Outbox {
  /** The number of those that wait for the server. */
  pending(): number;
  publish(item: { channel: string; type: string; data: unknown; key?: string | undefined }): Promise<Receipt>;
  /** Sends what waits, if the connection can carry it. */
  flush(): void;
  /** Takes up what an earlier life of the page left. */
  load(): Promise<void>;
  close(): void;
}

export function openOutbox(host: OutboxHost): OwnOutbox {
  const { environment, storage, keep } = host;
  const entries: Entry[] = [];
  const failing = (thrown: unknown) => host.report('handler_failed', thrown);
  const onStuck = listeners<[OutboxItem, TambuliError]>(failing);
  const onChange = listeners<[]>(failing);
  let sending: Entry | undefined;
  let failures = 0;
  /** The undo of a pause. */
  let timer: Undo | undefined;
  let count = 0;

  const waits = ({ item }: Entry) => !item.error;

  function changed(): void {
    host.changed();
    void onChange.call();
  }

  function add(item: OutboxItem, settle?: Entry['settle']): void {
    // Numbers of one length sort as text; a clock has thirteen digits from 2001 to 2286.
    const place = `outbox/${environment.now()}-${1e6 + count++}-${environment.id()}`;
    const entry: Entry = { item, place, settle };
    entries.push(entry);
    keep(storage?.set(place, item));
    changed();
    flush();
  }

  function remove(entry: Entry): void {
    entries.splice(entries.indexOf(entry), 1);
    keep(storage?.delete(entry.place));
    changed();
  }

  function flush(): void {
    const entry = entries.find(waits);
    if (sending || timer || !entry || !host.isReady()) return;
    sending = entry;
    const { channel, type, data, key } = entry.item;
    host
      .request({ type: 'publish', channel, publicationType: type, data, key })
      .then(
        (reply) => done(entry, (reply as Partial<Receipt>).position),
        (error: TambuliError) => failed(entry, error),
      )
      .finally(() => {
        sending = undefined;
        flush();
      });
  }

  function done(entry: Entry, position?: string): void {
    failures = 0;
    remove(entry);
    entry.settle?.resolve({ position });
  }

  function failed(entry: Entry, error: TambuliError): void {
    const { code, message } = error;
    // The server has it already.
    if (code === 'conflict') done(entry);
    else if (!error.retry) {
      failures = 0;
      entry.item = { ...entry.item, error: { code, message } };
      keep(storage?.set(entry.place, entry.item));
      entry.settle?.reject(error);
      void onStuck.call(entry.item, error);
      changed();
    } else {
      const pause = Pause.before(failures++, environment.random());
      timer = environment.after(Math.max(pause, error.retryAfterMs ?? 0), resume);
    }
  }

  function resume(): void {
    timer?.();
    timer = undefined;
    flush();
  }

  return {
    pending: () => entries.filter(waits).length,
    list: () => entries.map(({ item }) => item),
    retry(key) {
      const entry = entries.find((each) => each.item.key === key && !waits(each));
      if (!entry) return;
      remove(entry);
      const { error: _, ...item } = entry.item;
      add(item);
    },
    discard(key) {
      const entry = entries.find((each) => each.item.key === key);
      if (entry) remove(entry);
      entry?.settle?.reject(new TambuliError({ code: 'discarded', status: 410 }));
    },
    on: (event: 'stuck' | 'change', handler: unknown) =>
      (event === 'stuck' ? onStuck : onChange).add(handler as () => void),
    publish: ({ channel, type, data, key = environment.id() }) =>
      new Promise((resolve, reject) => add({ key, channel, type, data }, { resolve, reject })),
    flush: resume,
    close: () => timer?.(),
    async load() {
      const found = (await storage?.entries('outbox/')) ?? [];
      const earlier = found
        .filter(([place]) => !entries.some((each) => each.place === place))
        .map(([place, item]): Entry => ({ place, item: item as OutboxItem }));
      entries.splice(0, 0, ...earlier);
      if (earlier[0]) changed();
      flush();
    },
  };
}
