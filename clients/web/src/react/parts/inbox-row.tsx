import type { ReactNode } from 'react';
import { englishInbox, type InboxWords } from './inbox-words.ts';

/** The parts of an item that are shown. */
export interface InboxView {
  readonly id: string;
  readonly title: string;
  readonly message?: string;
  /** ISO 8601. */
  readonly at: string;
  readonly isRead: boolean;
  readonly isArchived?: boolean;
  /** Styled by `data-severity`. */
  readonly severity?: string;
  readonly severityName?: string;
  /** An address of the web; any other kind is not made a link. */
  readonly href?: string | null;
  readonly linkName?: string;
  /** True while the item waits to be acknowledged, and is not archived. */
  readonly asks?: boolean;
}

/** The actions of a person in their inbox. One that is left out is not offered. */
export interface InboxActions<Item> {
  readonly read?: (item: Item) => Promise<unknown>;
  readonly unread?: (item: Item) => Promise<unknown>;
  readonly archive?: (item: Item) => Promise<unknown>;
  /** For archived items. */
  readonly restore?: (item: Item) => Promise<unknown>;
  /** For items that ask for more than to be read; see `InboxView.asks`. */
  readonly acknowledge?: (item: Item) => Promise<unknown>;
  readonly readAll?: () => Promise<unknown>;
}

interface RowProps<Item> {
  readonly item: Item;
  readonly view: InboxView;
  readonly words: InboxWords;
  readonly actions: InboxActions<Item>;
  readonly attempt: (work: Promise<unknown> | undefined) => void;
}

export function InboxRow<Item>({ item, view, words, actions, attempt }: RowProps<Item>): ReactNode {
  const { title, message, at, isRead, isArchived, severity, severityName, linkName, asks } = view;
  const href = webAddress(view.href);
  const { read, unread, archive, restore, acknowledge } = actions;
  const button = (name: string, work: (of: Item) => Promise<unknown>) => (
    <button type="button" onClick={() => attempt(work(item))}>
      {name}
      <span className="tambuli-hidden">: {title}</span>
    </button>
  );
  return (
    <li data-read={isRead ? '' : undefined} data-severity={severity}>
      <p className="tambuli-item-title">
        {!isRead && <span className="tambuli-hidden">{words.unread}: </span>}
        {title}
        {severityName && <span className="tambuli-severity">{severityName}</span>}
      </p>
      {message && <p>{message}</p>}
      <p className="tambuli-item-facts">
        <time dateTime={at}>{dateOf(at, words.locale)}</time>
        {href && <a href={href}>{linkName ?? href}</a>}
        {asks && acknowledge && button(words.acknowledge, acknowledge)}
        {!isRead && read && button(words.read, read)}
        {isRead && !isArchived && unread && button(words.markUnread, unread)}
        {!isArchived && !asks && archive && button(words.archive, archive)}
        {isArchived && restore && button(words.restore ?? englishInbox.restore, restore)}
      </p>
    </li>
  );
}

/** Any page: only the kind of the address counts, and a server that renders has none. */
const somePage = 'https://page.invalid';

/** People write addresses too: one that runs a script is none. */
function webAddress(href: string | null | undefined): string | undefined {
  if (!href || !URL.canParse(href, somePage)) return undefined;
  return /^https?:$/.test(new URL(href, somePage).protocol) ? href : undefined;
}

function dateOf(at: string, locale: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return date.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}
