import type { PublishedTable } from '../db/triggers/published-table.ts';

interface Chat {
  readonly schema: string;
  /** Before the names of the tables. */
  readonly prefix?: string;
  /** The channel of a conversation, with the column of its key in braces. */
  readonly channel: string;
}

/**
 * The publications of a change by any program in a conversation: the message, or how far somebody has read. A reaction
 * does not say in which conversation it was made, so only the routes publish it.
 */
export const chatTriggers = ({ schema, prefix = '', channel }: Chat): readonly PublishedTable[] => [
  {
    schema,
    table: `${prefix}messages`,
    type: 'chatMessage',
    channels: [channel],
    hidden: ['seq'],
    names: { id: 'messageId' },
  },
  { schema, table: `${prefix}receipts`, type: 'chatRead', channels: [channel], hidden: ['seq'] },
];
