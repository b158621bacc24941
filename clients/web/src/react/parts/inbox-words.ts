/** The texts of the inbox. */
export interface InboxWords {
  readonly inbox: string;
  /** Read out behind the number on the bell. */
  readonly unread: string;
  readonly empty: string;
  readonly more: string;
  readonly readAll: string;
  readonly read: string;
  readonly markUnread: string;
  readonly archive: string;
  /** Takes an item back from the archive; in English unless it is given. */
  readonly restore?: string;
  readonly acknowledge: string;
  readonly preferences: string;
  /** The language of dates. */
  readonly locale: string;
}

export const englishInbox: Required<InboxWords> = {
  inbox: 'Inbox',
  unread: 'unread',
  empty: 'Nothing here.',
  more: 'Show more',
  readAll: 'Mark all as read',
  read: 'Mark as read',
  markUnread: 'Mark as unread',
  archive: 'Archive',
  restore: 'Back to the inbox',
  acknowledge: 'Confirm',
  preferences: 'Preferences',
  locale: 'en',
};
