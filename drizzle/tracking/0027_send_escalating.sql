-- As before, with the course of each event beyond live sessions: `waits` are the milliseconds for which it stays unread by
-- them before the next method has its turn, null where none has; `courses` say whether a method takes over where they reach
-- nobody. The function without these two stays for servers of the version before.
-- Writes events that are due at once to people who are named, as the role tambuli_app, with their deliveries sent, the
-- counters of unread ones and the log: a batch of many callers in one statement. The arrays of events have an element for each event,
-- those of targets one for each event and person, which names its event by its place; `places` are those of those targets who
-- get it. Returns a row for each publication. Fails with TT001 where a type has changed since it was read.
CREATE FUNCTION public.realtime_send_events(
  moment timestamptz,
  ids uuid[], types text[], versions text[], tenants text[], sources text[], titles text[], messages text[], payloads text[],
  priorities text[], ranks integer[], expiries timestamptz[], actions text[], correlations text[], said text[],
  target_events integer[], target_users text[], target_channels text[], target_readers boolean[], target_publications text[],
  places integer[], waits bigint[], courses boolean[]
) RETURNS TABLE (out_id text, out_channel text, out_epoch text, out_offset bigint, out_at text, out_data text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  own_role text := current_setting('role');
  written integer;
  counted_users text[];
  counted text[];
BEGIN
  -- As realtime_enter, which makes the key where there is none.
  PERFORM set_config('tambuli.user_id', 'service', true), set_config('tambuli.role', 'service', true),
    set_config('tambuli.tenants', '{}', true), set_config('tambuli.supervised', '{}', true),
    set_config('tambuli.service', 'on', true);
  PERFORM set_config('tambuli.signature', public.realtime_signature(), true), set_config('role', 'tambuli_app', true);
  INSERT INTO public.realtime_events (id, type, tenant_id, source_user_id, target_user_ids, target_tenant_ids, title, message,
    payload, priority, scheduled_at, expires_at, action_url, correlation_id, delivery_mode, recipients, status, sent_at, created_at)
  SELECT ids[event], types[event], tenants[event], sources[event],
    ARRAY(SELECT target.user_id FROM unnest(target_events, target_users) AS target(event, user_id)
      WHERE target.event = given.event),
    CASE WHEN tenants[event] IS NULL THEN '{}' ELSE ARRAY[tenants[event]] END, titles[event], messages[event],
    payloads[event]::json, priorities[event], moment, expiries[event], actions[event], correlations[event], 'person', recipients.count,
    CASE WHEN recipients.count > 0 THEN 'sent' ELSE 'pending' END, CASE WHEN recipients.count > 0 THEN moment END, moment
  FROM generate_subscripts(ids, 1) AS given(event)
  JOIN public.realtime_event_types t ON t.name = types[event] AND t.xmin::text = versions[event] AND t.is_active
  CROSS JOIN LATERAL (SELECT count(*)::integer FROM unnest(places) AS target(place)
    WHERE target_events[target.place] = given.event) AS recipients(count);
  GET DIAGNOSTICS written = ROW_COUNT;
  IF written < cardinality(ids) THEN
    RAISE EXCEPTION 'an event type has changed since it was read' USING ERRCODE = 'TT001';
  END IF;
  WITH target AS MATERIALIZED (
    SELECT target_events[place] AS event, target_users[place] AS user_id, t.acknowledgement, t.max_attempts,
      t.retry_interval_ms * interval '1 millisecond' AS pause, waits[target_events[place]] * interval '1 millisecond' AS wait,
      courses[target_events[place]] AS goes_on, head.epoch, head.last_offset, target_readers[place] OR EXISTS (SELECT FROM public.websocket_connections c
        WHERE c.user_id = target_users[place] AND c.disconnected_at IS NULL AND c.receives_events) AS is_heard
    FROM unnest(places) AS given(place)
    JOIN public.realtime_event_types t ON t.name = types[target_events[place]]
    LEFT JOIN LATERAL (SELECT c.epoch, c.last_offset FROM public.realtime_channels c
      WHERE c.name = target_channels[place] LIMIT 1) AS head ON true
  ), written AS (
    INSERT INTO public.realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank, method, attempts,
      max_attempts, next_attempt_at, awaits_connection, channel_epoch, channel_offset, expected_devices, expires_at, created_at, sent_at,
      escalates, escalates_at)
    SELECT ids[event], user_id, tenants[event], 'sent', ranks[event], 'websocket', is_heard::integer, max_attempts,
      CASE WHEN CASE WHEN is_heard THEN acknowledgement <> 'none' ELSE wait IS NULL AND goes_on END THEN moment + pause END,
      NOT is_heard, coalesce(epoch, ''), coalesce(last_offset, 0),
      CASE WHEN acknowledgement = 'every_device' THEN ARRAY(SELECT DISTINCT c.device_id FROM public.websocket_connections c
        WHERE c.user_id = target.user_id AND c.disconnected_at IS NULL AND c.receives_events) ELSE '{}' END,
      expiries[event], moment, moment, wait IS NOT NULL, CASE WHEN is_heard THEN moment + wait WHEN wait IS NOT NULL THEN moment END
    FROM target
  ), counted AS (
    INSERT INTO public.realtime_unread_counts AS c (user_id, count, version)
    SELECT user_id, count(*), 1 FROM target GROUP BY user_id ORDER BY user_id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET count = c.count + excluded.count, version = c.version + 1
    RETURNING c.user_id, c.count, c.version
  )
  SELECT array_agg(user_id), array_agg(format('{"count":%s,"version":%s}', count, version))
    INTO counted_users, counted FROM counted;
  -- The log is the engine's: it is appended to as whoever connected.
  PERFORM set_config('role', own_role, true), set_config('tambuli.signature', '', true);
  RETURN QUERY
  WITH draft AS MATERIALIZED (
    SELECT place AS ordinal, target_channels[place] AS channel, target_publications[place] AS id, 'realtime_event' AS type,
      types[target_events[place]] AS event_type, said[target_events[place]] AS data, sources[target_events[place]] AS source
    FROM unnest(places) AS target(place)
    UNION ALL
    SELECT cardinality(target_users) + row_number() OVER (), target_channels[array_position(target_users, user_id)],
      gen_random_uuid()::text, 'unread_count', NULL, content, NULL
    FROM unnest(counted_users, counted) AS change(user_id, content)
  ), head AS (
    INSERT INTO public.realtime_channels AS c (name, epoch, last_offset, updated_at, created_at)
    SELECT channel, substr(gen_random_uuid()::text, 1, 8), count(*), clock_timestamp(), clock_timestamp()
    FROM draft GROUP BY channel ORDER BY channel COLLATE "C"
    ON CONFLICT (name) DO UPDATE SET last_offset = c.last_offset + excluded.last_offset,
      updated_at = greatest(c.updated_at, clock_timestamp())
    RETURNING c.name, c.epoch, c.last_offset, c.updated_at
  ), placed AS MATERIALIZED (
    SELECT d.*, head.epoch, head.updated_at,
      head.last_offset - count(*) OVER channel + row_number() OVER (channel ORDER BY d.ordinal) AS position
    FROM draft d JOIN head ON head.name = d.channel WINDOW channel AS (PARTITION BY d.channel)
  ), log AS (
    INSERT INTO public.realtime_publications (channel, "offset", id, type, event_type, data, created_at, source_user_id)
    SELECT channel, position, id, type, event_type, data::json, updated_at, source FROM placed
  )
  SELECT id, channel, epoch, position, to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), data
  FROM placed ORDER BY ordinal;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.realtime_send_events(timestamptz, uuid[], text[], text[], text[], text[], text[], text[],
  text[], text[], integer[], timestamptz[], text[], text[], text[], integer[], text[], text[], boolean[], text[], integer[],
  bigint[], boolean[]) FROM PUBLIC;
--> statement-breakpoint
-- A login that may call the function of before may call this one.
DO $$
DECLARE
  caller record;
BEGIN
  FOR caller IN
    SELECT pg_get_userbyid(grantee) AS name FROM pg_proc, aclexplode(proacl)
    WHERE proname = 'realtime_send_events' AND pronamespace = 'public'::regnamespace AND pronargs = 21
      AND privilege_type = 'EXECUTE' AND grantee NOT IN (0, proowner)
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION public.realtime_send_events(timestamptz, uuid[], text[], text[], text[], text[],
      text[], text[], text[], text[], integer[], timestamptz[], text[], text[], text[], integer[], text[], text[], boolean[],
      text[], integer[], bigint[], boolean[]) TO %I', caller.name);
  END LOOP;
END
$$;
