import { type ReactNode, useEffect, useId, useMemo, useState } from 'react';
import { createInbox, type InboxOptions, type InboxState, type InboxStore } from '../../parts/inbox.ts';
import type { InboxItem } from '../../stores/inbox.ts';
import type { Client } from '../../types.ts';
import { useLatest, useTambuli } from '../base.ts';
import { type InboxActions, InboxRow, type InboxView } from './inbox-row.tsx';
import { englishInbox, type InboxWords } from './inbox-words.ts';
import { useValue } from './use-value.ts';

export interface InboxPreference {
  readonly id: string;
  readonly label: string;
  readonly isOn: boolean;
}

export interface InboxProps<Item extends InboxItem> extends InboxOptions<Item> {
  /** The names of the tabs, by their id. */
  readonly names: Readonly<Record<string, string>>;
  readonly view: (item: Item) => InboxView;
  readonly actions?: InboxActions<Item>;
  readonly preferences?: readonly InboxPreference[];
  readonly onPreference?: (id: string, isOn: boolean) => void;
  /** Told when an action has failed. */
  readonly onError?: (error: unknown) => void;
  readonly words?: InboxWords;
}

/** The inbox of the channel. The options may be new objects at every render; another channel is another inbox. */
export function useInboxStore<Item extends InboxItem>(options: InboxOptions<Item>): InboxStore<Item> {
  const client = useTambuli() as unknown as Client;
  const latest = useLatest(options);
  const { channel, also = [], tabs } = options;
  const names = JSON.stringify([channel, also, tabs.map(({ id }) => id)]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `names` stands for the channels and tabs.
  return useMemo(
    () =>
      createInbox<Item>(client, {
        channel,
        also,
        tabs: tabs.map(({ id }) => ({
          id,
          holds: (item: Item) => latest.current.tabs.find((tab) => tab.id === id)?.holds(item) ?? false,
        })),
        getPage: (tab, cursor, signal) => latest.current.getPage(tab, cursor, signal),
        see: async () => latest.current.see?.(),
      }),
    [client, names, latest],
  );
}

/** A bell with the number of new items, and the inbox that it opens. */
export function Inbox<Item extends InboxItem>(props: InboxProps<Item>): ReactNode {
  const { words = englishInbox } = props;
  const inbox = useInboxStore(props);
  const state = useValue(inbox);
  const [isOpen, setOpen] = useState(false);
  const panel = useId();
  const { unseen, unread } = state;
  useSeen(inbox, isOpen ? unseen : 0, props.onError);
  useEffect(() => {
    if (!isOpen) return undefined;
    const close = ({ key }: KeyboardEvent) => key === 'Escape' && setOpen(false);
    document.addEventListener('keydown', close);
    return () => document.removeEventListener('keydown', close);
  }, [isOpen]);
  return (
    <div className="tambuli-inbox">
      <button
        type="button"
        className="tambuli-bell"
        aria-expanded={isOpen}
        aria-controls={panel}
        onClick={() => setOpen(!isOpen)}
      >
        <Bell />
        <span>{words.inbox}</span>
        {unread > 0 && (
          <span className="tambuli-count" data-unseen={unseen > 0 ? '' : undefined}>
            {unread}
            <span className="tambuli-hidden"> {words.unread}</span>
          </span>
        )}
      </button>
      <section id={panel} className="tambuli-panel" aria-label={words.inbox} hidden={!isOpen}>
        {isOpen && <Panel {...props} words={words} inbox={inbox} state={state} />}
      </section>
    </div>
  );
}

/** The inbox itself, for a page that has room for it. */
export function InboxPanel<Item extends InboxItem>(props: InboxProps<Item>): ReactNode {
  const inbox = useInboxStore(props);
  const state = useValue(inbox);
  useSeen(inbox, state.unseen, props.onError);
  return (
    <div className="tambuli-panel">
      <Panel {...props} words={props.words ?? englishInbox} inbox={inbox} state={state} />
    </div>
  );
}

/** Tells of unseen items that they are seen, as soon as somebody looks at the page. */
function useSeen(
  inbox: Pick<InboxStore<never>, 'see'>,
  unseen: number,
  onError: ((error: unknown) => void) | undefined,
): void {
  const failed = useLatest(onError);
  useEffect(() => {
    if (unseen === 0) return undefined;
    const look = () => {
      if (!document.hidden) void inbox.see().catch((error) => failed.current?.(error));
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [unseen, inbox, failed]);
}

interface PanelProps<Item extends InboxItem> extends InboxProps<Item> {
  readonly words: InboxWords;
  readonly inbox: InboxStore<Item>;
  readonly state: InboxState<Item>;
}

function Panel<Item extends InboxItem>(props: PanelProps<Item>): ReactNode {
  const { words, inbox, state, tabs, names, view, actions = {}, preferences, onPreference } = props;
  const { items, tab, counts, unread, hasMore, isLoading, error } = state;
  const attempt = (work: Promise<unknown> | undefined) =>
    void work?.catch((thrown) => props.onError?.(thrown));
  return (
    <>
      <div className="tambuli-tabs">
        {tabs.length > 1 &&
          tabs.map(({ id }) => (
            <button key={id} type="button" aria-pressed={id === tab} onClick={() => inbox.choose(id)}>
              {names[id] ?? id}
              {counts[id] !== undefined && <span className="tambuli-count">{counts[id]}</span>}
            </button>
          ))}
        {actions.readAll && unread > 0 && (
          <button type="button" onClick={() => attempt(actions.readAll?.())}>
            {words.readAll}
          </button>
        )}
      </div>
      {error && <p role="alert">{error.message}</p>}
      {items && items.length === 0 && !isLoading && <p className="tambuli-empty">{words.empty}</p>}
      <ul className="tambuli-items" aria-label={words.inbox} aria-busy={isLoading}>
        {items?.map((item) => {
          const shown = view(item);
          return (
            <InboxRow
              key={shown.id}
              item={item}
              view={shown}
              words={words}
              actions={actions}
              attempt={attempt}
            />
          );
        })}
      </ul>
      {hasMore && (
        <button type="button" disabled={isLoading} onClick={() => attempt(inbox.more())}>
          {words.more}
        </button>
      )}
      {preferences && preferences.length > 0 && (
        <details className="tambuli-preferences">
          <summary>{words.preferences}</summary>
          {preferences.map(({ id, label, isOn }) => (
            <label key={id}>
              <input
                type="checkbox"
                checked={isOn}
                onChange={(event) => onPreference?.(id, event.currentTarget.checked)}
              />
              {label}
            </label>
          ))}
        </details>
      )}
    </>
  );
}

function Bell(): ReactNode {
  return (
    <svg
      viewBox="0 0 24 24"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      aria-hidden="true"
    >
      <path d="M6 9a6 6 0 0 1 12 0c0 6 2 7 2 7H4s2-1 2-7M10 20a2 2 0 0 0 4 0" />
    </svg>
  );
}
