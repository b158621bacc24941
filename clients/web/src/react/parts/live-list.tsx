import { type ReactNode, useMemo } from 'react';
import { createLiveList, type LiveListOptions, type LiveListState } from '../../parts/live-list.ts';
import type { Client } from '../../types.ts';
import { useLatest, useTambuli } from '../base.ts';
import { useValue } from './use-value.ts';

/** The rows of a channel. The options may be new objects at every render; another channel is another list. */
export function useLiveList<Item>(options: LiveListOptions<Item>): LiveListState<Item> {
  const client = useTambuli() as unknown as Client;
  const latest = useLatest(options);
  const { channel, compare } = options;
  const isSorted = compare !== undefined;
  const list = useMemo(
    () =>
      createLiveList<Item>(client, {
        channel,
        getPage: (signal) => latest.current.getPage(signal),
        keyOf: (item) => latest.current.keyOf(item),
        change: (publication, items) => latest.current.change(publication, items),
        ...(isSorted && { compare: (one: Item, other: Item) => latest.current.compare?.(one, other) ?? 0 }),
      }),
    [client, channel, isSorted, latest],
  );
  return useValue(list);
}

export interface LiveListProps<Item> extends LiveListOptions<Item> {
  /** Name of the list, for screen readers. */
  readonly label: string;
  readonly row: (item: Item) => ReactNode;
  /** Shown while there are no rows. */
  readonly empty?: ReactNode;
  /** Shown until the rows are there. */
  readonly loading?: ReactNode;
}

/** A list that changes by itself. A row that has just changed has `data-changed`, for a style sheet to mark it. */
export function LiveList<Item>({ label, row, empty, loading, ...options }: LiveListProps<Item>): ReactNode {
  const { items, changed, error } = useLiveList(options);
  if (error) return <p role="alert">{error.message}</p>;
  if (!items) return <div aria-busy="true">{loading}</div>;
  if (items.length === 0) return <div className="tambuli-empty">{empty}</div>;
  return (
    <ul className="tambuli-list" aria-label={label}>
      {items.map((item) => {
        const key = options.keyOf(item);
        const change = changed.get(key);
        // A new key each time begins the mark's animation again, and keeps the row.
        return (
          <li key={key} data-changed={change === undefined ? undefined : ''}>
            {change !== undefined && <span key={change} className="tambuli-mark" aria-hidden="true" />}
            {row(item)}
          </li>
        );
      })}
    </ul>
  );
}
