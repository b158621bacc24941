import { defineWords } from './language.ts';

/** The words of `Inbox`; `locale` is the language of its dates. */
export const inboxWords = defineWords(
  {
    inbox: 'Notices',
    unread: 'unread',
    empty: 'Nothing here.',
    more: 'Show more',
    readAll: 'Mark all as read',
    read: 'Mark as read',
    markUnread: 'Mark as unread',
    archive: 'Archive',
    restore: 'Back to the inbox',
    delete: 'Delete',
    acknowledge: 'Confirm',
    preferences: 'Preferences',
    all: 'All',
    unreadOnes: 'Unread',
    locale: 'en',
  },
  {
    inbox: 'Mga abiso',
    unread: 'hindi pa nababasa',
    empty: 'Walang laman.',
    more: 'Magpakita pa',
    readAll: 'Markahang nabasa lahat',
    read: 'Markahang nabasa',
    markUnread: 'Markahang hindi pa nabasa',
    archive: 'Itabi',
    restore: 'Ibalik sa mga abiso',
    delete: 'Burahin',
    acknowledge: 'Kumpirmahin',
    preferences: 'Mga kagustuhan',
    all: 'Lahat',
    unreadOnes: 'Hindi pa nababasa',
    locale: 'fil',
  },
);
