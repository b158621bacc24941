import { chatTriggers } from '../../chat/triggers.ts';
import type { PublishedTable } from '../../db/triggers/published-table.ts';

/**
 * The publications of a change by any program: messages of group channels. An event is not a row of ours to be
 * published: an insert into `realtime_events` raises it.
 */
export const schoolTables: readonly PublishedTable[] = chatTriggers({
  schema: 'school',
  prefix: 'channel_',
  channel: 'school_channel:{channel_id}',
});
