import { chatTriggers } from '../../chat/triggers.ts';
import type { PublishedTable } from '../../db/triggers/published-table.ts';

/**
 * What a change by any program publishes: what is said in group channels. An event is not a row of ours to be published:
 * whoever inserts into `realtime_events` raises it.
 */
export const schoolTables: readonly PublishedTable[] = chatTriggers({
  schema: 'school',
  prefix: 'channel_',
  channel: 'school_channel:{channel_id}',
});
