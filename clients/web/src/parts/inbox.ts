import { type InboxItem, idOf } from '../stores/inbox.ts';
import type { Store } from '../stores/store.ts';
import type { Channel, ChannelState, Client, Publication, Undo } from '../types.ts';
import { changeInbox, countTabs, unreadAnnouncements } from './inbox-changes.ts';

/** One view of an inbox: the server fetches its page and counts it, `holds` decides for what arrives after. */
export interface InboxTab<Item> {
  readonly id: string;
  readonly holds: (item: Item) => boolean;
}

/** A page of a tab as a route returns it, the newest first. */
export interface InboxSlice<Item> {
  readonly data: readonly Item[];
  /** Unread ones in all, also beyond this page and tab. */
  readonly unread: number;
  /** The unread announcements among them, which `unread_count` of the personal channel leaves out. */
  readonly announcements?: number;
  /** Unread ones that came since the person last looked into the inbox on any device; without it, on this one. */
  readonly unseen?: number;
  /** The number of items of each tab, by its id, as far as the server counts them. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly nextCursor?: string | null;
  /** The position of the same snapshot. */
  readonly position?: string;
}

export interface InboxOptions<Item extends InboxItem> {
  /** The personal channel, which tells of new items and of what became of old ones. */
  readonly channel: string;
  /** Other channels that bring items, such as those of announcements. */
  readonly also?: readonly string[];
  /** The first is chosen at first. */
  readonly tabs: readonly InboxTab<Item>[];
  readonly getPage: (
    tab: string,
    cursor: string | undefined,
    signal: AbortSignal,
  ) => Promise<InboxSlice<Item>>;
  /** Tells the server that the person has looked into the inbox, so that all devices know. */
  readonly see?: () => Promise<unknown>;
}

export interface InboxState<Item> {
  /** Undefined until the first page is there. */
  readonly items: readonly Item[] | undefined;
  readonly tab: string;
  readonly unread: number;
  /** Items that came, or were unread, since the inbox was last looked into. */
  readonly unseen: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: ChannelState['error'];
}

export interface InboxStore<Item> extends Store<InboxState<Item>> {
  /** Shows another tab, from its first page. */
  choose(tab: string): void;
  /** Fetches the page after the last one. Rejects as `getPage` does. */
  more(): Promise<void>;
  /** Nothing is unseen any more. Rejects as the option `see` does. */
  see(): Promise<void>;
}

/** The inbox of the connected user: pages of tabs, kept up to date by the publications of its channels. */
export function createInbox<Item extends InboxItem>(
  client: Client,
  options: InboxOptions<Item>,
): InboxStore<Item> {
  const listeners = new Set<() => void>();
  let state: InboxState<Item> = {
    items: undefined,
    tab: options.tabs[0]?.id ?? '',
    unread: 0,
    unseen: 0,
    counts: {},
    hasMore: false,
    isLoading: true,
    error: null,
  };
  let cursor: string | undefined;
  let announcements = 0;
  let stop: Undo | undefined;

  function set(change: Partial<InboxState<Item>>): void {
    state = { ...state, ...change };
    for (const notify of [...listeners]) notify();
  }

  function show(slice: InboxSlice<Item>, before: readonly Item[], isFirst: boolean): void {
    cursor = slice.nextCursor ?? undefined;
    announcements = slice.announcements ?? 0;
    const unseen = slice.unseen ?? (isFirst ? Math.max(state.unseen, slice.unread) : state.unseen);
    const known = new Set(before.map(idOf));
    set({
      items: [...before, ...slice.data.filter((item) => !known.has(idOf(item)))],
      unread: slice.unread,
      unseen,
      ...(slice.counts && { counts: slice.counts }),
      hasMore: cursor !== undefined,
      isLoading: false,
    });
  }

  function take(publication: Publication, channel: Channel): void {
    const { items, tab, unread, counts, unseen } = state;
    if (!items) return;
    const { type, data } = publication;
    if (type === 'events_seen') {
      set({ unseen: 0 });
      return;
    }
    if (type === 'unread_count') {
      const total = (data as { readonly count: number }).count + announcements;
      set({ unread: total, unseen: Math.min(unseen, total) });
      return;
    }
    const after = changeInbox({ items, unread }, publication);
    if (!after) {
      channel.refresh();
      return;
    }
    const announced = unreadAnnouncements(after.items) - unreadAnnouncements(items);
    announcements += announced;
    const isNew = after.items.length > items.length;
    const isHeld = options.tabs.find(({ id }) => id === tab)?.holds ?? (() => true);
    const isShown = (item: Item) => items.includes(item) || isHeld(item);
    const total = after.unread + announced;
    set({
      // An item that was read stays where it is, so that nothing moves away below a finger.
      items: isNew || type === 'event_marked' ? after.items.filter(isShown) : after.items,
      unread: total,
      unseen: isNew ? unseen + 1 : Math.min(unseen, total),
      counts: countTabs(options.tabs, counts, items, after.items),
    });
  }

  function announce(publication: Publication, channel: Channel): void {
    const { type, data } = publication;
    const announced = { ...publication, data: { ...(data as object), isAnnouncement: true } };
    take(type === 'realtime_event' ? announced : publication, channel);
  }

  function open(): Undo {
    const getState = async (signal: AbortSignal) => {
      const slice = await options.getPage(state.tab, undefined, signal);
      return { data: slice, ...(slice.position !== undefined && { position: slice.position }) };
    };
    const channel = client.channel(options.channel, { getState });
    const others = (options.also ?? []).map((name) => client.channel(name));
    const undo = [
      channel.on('state', ({ error }) => error !== state.error && set({ error })),
      channel.on('snapshot', ({ data }) => show(data as InboxSlice<Item>, [], state.items === undefined)),
      channel.subscribe((publication) => take(publication, channel)),
      ...others.map((each) => each.subscribe((publication) => announce(publication, channel))),
    ];
    channel.refresh();
    return () => {
      for (const each of undo) each();
    };
  }

  return {
    get: () => state,
    subscribe(notify) {
      listeners.add(notify);
      stop ??= open();
      return () => {
        listeners.delete(notify);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
    choose(tab) {
      set({ tab, isLoading: true, items: state.items && [] });
      client.channel(options.channel).refresh();
    },
    async more() {
      const { tab, items = [] } = state;
      if (cursor === undefined) return;
      set({ isLoading: true });
      try {
        const slice = await options.getPage(tab, cursor, new AbortController().signal);
        if (state.tab === tab) show(slice, state.items ?? items, false);
      } finally {
        set({ isLoading: false });
      }
    },
    async see() {
      if (state.unseen === 0) return;
      set({ unseen: 0 });
      await options.see?.();
    },
  };
}
