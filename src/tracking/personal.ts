import type { Database, Query } from '../db/connection/open.ts';
import type { PersonalData } from '../db/personal/personal-data.ts';
import { servicePrincipal } from '../realtime/principal.ts';
import { asPrincipal } from './principal.ts';

/** Runs statements on tables whose policies let the service alone do everything. */
export const asService = <T>(database: Database, work: (query: Query) => Promise<T>): Promise<T> =>
  database.transaction((tx, query) => asPrincipal(tx, '', servicePrincipal, () => work(query)));

const own = (table: string, column = 'user_id') => ({ table, places: [{ rowsOf: column }] }) as const;

/**
 * The places of people in the tables of tracked events. An event that was for this person alone goes with its delivery; one
 * that the person raised for others stays in their inboxes, without its author.
 */
export const personalOfTracking: PersonalData = {
  within: asService,
  async forget(database, userId) {
    const removed = await asService(database, (query) => query(ownEventsStatement, [userId]));
    const stops = await asService(database, (query) => query(stopsStatement, [userId]));
    return removed.length + stops.length;
  },
  tables: [
    // With the attempts to reach the person, and the SMS that phones were to send.
    own('public.realtime_event_deliveries'),
    {
      table: 'public.realtime_events',
      places: [
        { name: 'source_user_id', becomes: null, sets: { idempotency_key: 'null' } },
        { list: 'target_user_ids' },
        { list: 'excluded_user_ids' },
        { json: 'payload', type: 'json' },
        { path: 'action_url' },
        { path: 'correlation_id' },
      ],
    },
    own('public.realtime_unread_counts'),
    own('public.realtime_channel_subscriptions'),
    own('public.websocket_connections'),
    own('public.realtime_user_activity'),
    { table: 'public.realtime_user_activity', places: [{ path: 'page' }, { path: 'target' }] },
    own('public.realtime_devices'),
    own('public.realtime_push_subscriptions'),
    own('public.realtime_preferences'),
    own('public.realtime_contacts'),
    own('public.realtime_sms_counts'),
    own('public.realtime_reading_hours'),
    // The phone of somebody who sends the SMS of a school is named by its owner and its id.
    { table: 'public.realtime_sms_jobs', places: [{ path: 'gateway' }] },
  ],
};

/** Events that reached nobody else. */
const ownEventsStatement = `
delete from public.realtime_events e where delivery_mode = 'person' and $1 = any(target_user_ids)
  and target_roles = '{}' and array_remove(target_user_ids, $1) = '{}'
  and not exists (select from public.realtime_event_deliveries d where d.event_id = e.id and d.user_id <> $1)
returning 1`;

/** The number stays opted out where another person has it too. */
const stopsStatement = `
delete from public.realtime_sms_stops s using public.realtime_contacts c
where c.user_id = $1 and c.phone = s.phone
  and not exists (select from public.realtime_contacts other where other.phone = s.phone and other.user_id <> $1)
returning 1`;
