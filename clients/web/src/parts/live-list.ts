import { snapshotStore } from '../stores/snapshot.ts';
import type { Store } from '../stores/store.ts';
import type { ChannelState, Client, Publication } from '../types.ts';

/** A page of rows as a route returns it, with the position of the same snapshot. */
export interface ListPage<Item> {
  readonly data: readonly Item[];
  readonly position?: string;
}

/** The effect of a publication on the rows; `undefined` is none. */
export type ListChange<Item> = { readonly put: Item } | { readonly remove: string } | undefined;

export interface LiveListOptions<Item> {
  readonly channel: string;
  /** Fetches the rows: at first, and whenever history is gone. */
  readonly getPage: (signal: AbortSignal) => Promise<ListPage<Item>>;
  readonly keyOf: (item: Item) => string;
  readonly change: (publication: Publication, items: readonly Item[]) => ListChange<Item>;
  /** The order of the rows; without it a new row comes first and a changed one stays. */
  readonly compare?: (one: Item, other: Item) => number;
}

export interface LiveListState<Item> {
  /** Undefined until the first page is there. */
  readonly items: readonly Item[] | undefined;
  /** The keys of the rows that changed since the last page was fetched, with the publication that changed each last. */
  readonly changed: ReadonlyMap<string, string>;
  readonly status: ChannelState['status'];
  readonly error: ChannelState['error'];
}

interface Rows<Item> {
  readonly items: readonly Item[];
  readonly changed: ReadonlyMap<string, string>;
}

const nothing: ReadonlyMap<string, string> = new Map();

/** A list of rows that changes by itself: a page, brought up to date by every publication after it. */
export function createLiveList<Item>(
  client: Client,
  options: LiveListOptions<Item>,
): Store<LiveListState<Item>> {
  const kept = snapshotStore<Rows<Item>>(client, options.channel, {
    async getState(signal) {
      const { data, ...page } = await options.getPage(signal);
      return { ...page, data: { items: sorted(data, options), changed: nothing } };
    },
    reduce: (rows, publication) => reduced(rows, publication, options),
  });
  let from: unknown;
  let shown: LiveListState<Item> = {
    items: undefined,
    changed: nothing,
    status: 'unsubscribed',
    error: null,
  };
  return {
    subscribe: kept.subscribe,
    get() {
      const now = kept.get();
      if (now === from) return shown;
      from = now;
      const { data, status, error } = now;
      shown = { items: data?.items, changed: data?.changed ?? nothing, status, error };
      return shown;
    },
  };
}

function reduced<Item>(
  rows: Rows<Item>,
  publication: Publication,
  options: LiveListOptions<Item>,
): Rows<Item> {
  const { keyOf } = options;
  const change = options.change(publication, rows.items);
  if (!change) return rows;
  const key = 'put' in change ? keyOf(change.put) : change.remove;
  const changed = new Map(rows.changed);
  if ('remove' in change) {
    changed.delete(key);
    return { items: rows.items.filter((item) => keyOf(item) !== key), changed };
  }
  changed.set(key, publication.id);
  const isKnown = rows.items.some((item) => keyOf(item) === key);
  const items = isKnown
    ? rows.items.map((item) => (keyOf(item) === key ? change.put : item))
    : [change.put, ...rows.items];
  return { items: sorted(items, options), changed };
}

const sorted = <Item>(items: readonly Item[], { compare }: LiveListOptions<Item>): readonly Item[] =>
  compare ? [...items].sort(compare) : items;
