-- As before, and what its person had marked as unread is read again. The statuses as which a delivery counts as unread are
-- those of `unread`; one that its person marked is unread whatever its status.
CREATE OR REPLACE FUNCTION public.realtime_acknowledge(
  moment timestamptz, events uuid[], users text[], kinds text[], devices text[], sources text[], channels text[], unread text[],
  max_devices integer
) RETURNS TABLE (out_place integer, out_status text, out_changed boolean, out_delivered_ms float8, out_acknowledged_ms float8,
  out_count integer, out_version bigint, out_epoch text, out_at text, out_unread_id text, out_unread_offset bigint,
  out_status_id text, out_status_offset bigint)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
  SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  own_role text := current_setting('role');
  places integer[];
  statuses text[];
  changes boolean[];
  delivered float8[];
  acknowledged float8[];
  counts integer[];
  versions bigint[];
  tells boolean[];
BEGIN
  -- As realtime_enter, which makes the key where there is none.
  PERFORM set_config('tambuli.user_id', 'service', true), set_config('tambuli.role', 'service', true),
    set_config('tambuli.tenants', '{}', true), set_config('tambuli.supervised', '{}', true),
    set_config('tambuli.service', 'on', true);
  PERFORM set_config('tambuli.signature', public.realtime_signature(), true), set_config('role', 'tambuli_app', true);
  WITH given AS MATERIALIZED (
    SELECT place, events[place] AS event_id, users[place] AS user_id, kinds[place] AS kind, devices[place] AS device,
      array_position(ARRAY['delivered', 'read', 'acknowledged'], kinds[place]) AS reached
    FROM generate_subscripts(events, 1) AS one(place) ORDER BY events[place], users[place]
  ), found AS MATERIALIZED (
    SELECT given.*, d.status, d.unread_at, d.delivered_at, d.acknowledged_at, news.device_acks,
      (extract(epoch FROM moment - d.sent_at) * 1000)::float8 AS sent_ms,
      CASE d.acknowledgement
        WHEN 'person' THEN reached = 3
        WHEN 'every_device' THEN d.expected_devices <@ ARRAY(SELECT jsonb_object_keys(news.device_acks))
        ELSE true
      END AS is_answered
    FROM given
    CROSS JOIN LATERAL (
      SELECT d.status, d.unread_at, d.delivered_at, d.acknowledged_at, d.sent_at, d.expected_devices, d.device_acks, t.acknowledgement
      FROM public.realtime_event_deliveries d
      JOIN public.realtime_events e ON e.id = d.event_id
      JOIN public.realtime_event_types t ON t.name = e.type
      WHERE d.event_id = given.event_id AND d.user_id = given.user_id AND d.method <> 'channel' AND d.status <> 'pending'
      FOR UPDATE OF d
    ) d
    CROSS JOIN LATERAL (SELECT CASE
      WHEN device IS NULL OR coalesce(d.device_acks -> device ? kind, false) OR NOT (d.device_acks ? device
        OR (SELECT count(*) FROM jsonb_object_keys(d.device_acks)) < max_devices) THEN d.device_acks
      ELSE d.device_acks || jsonb_build_object(device,
        coalesce(d.device_acks -> device, '{}') || jsonb_build_object(kind, moment_text))
      END AS device_acks FROM (SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS moment_text) at) news
  ), changed AS (
    UPDATE public.realtime_event_deliveries d SET
      status = CASE WHEN d.status = ANY (sources[place]::text[]) THEN kind ELSE d.status END,
      delivered_at = coalesce(d.delivered_at, moment),
      read_at = CASE WHEN reached >= 2 THEN coalesce(d.read_at, moment) ELSE d.read_at END,
      acknowledged_at = CASE WHEN reached = 3 THEN coalesce(d.acknowledged_at, moment) ELSE d.acknowledged_at END,
      unread_at = CASE WHEN reached >= 2 THEN NULL ELSE d.unread_at END,
      device_acks = found.device_acks,
      awaits_connection = d.awaits_connection AND NOT found.is_answered,
      next_attempt_at = CASE WHEN found.is_answered THEN NULL ELSE d.next_attempt_at END
    FROM found
    WHERE d.event_id = found.event_id AND d.user_id = found.user_id AND d.status NOT IN ('expired', 'cancelled')
      AND (d.status = ANY (sources[place]::text[]) OR d.device_acks <> found.device_acks
        OR (reached >= 2 AND d.unread_at IS NOT NULL))
    RETURNING found.place, d.status, d.unread_at
  ), counted AS (
    INSERT INTO public.realtime_unread_counts AS c (user_id, count, version)
    SELECT found.user_id, -count(*), 1 FROM found JOIN changed USING (place)
    WHERE (found.status = ANY (unread) OR found.unread_at IS NOT NULL)
      AND changed.status <> ALL (unread) AND changed.unread_at IS NULL
    GROUP BY found.user_id ORDER BY found.user_id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET count = c.count + excluded.count, version = c.version + 1
    RETURNING c.user_id, c.count, c.version
  ), answered AS (
    SELECT found.place, coalesce(changed.status, found.status) AS status, changed.place IS NOT NULL AS is_changed,
      CASE WHEN found.delivered_at IS NULL THEN found.sent_ms END AS delivered_ms,
      CASE WHEN found.acknowledged_at IS NULL AND reached = 3 THEN found.sent_ms END AS acknowledged_ms,
      coalesce(counted.count, before.count, 0) AS count, coalesce(counted.version, before.version, 0) AS version,
      counted.version IS NOT NULL AND row_number() OVER (PARTITION BY found.user_id ORDER BY found.place) = 1 AS tells
    FROM found LEFT JOIN changed USING (place)
    LEFT JOIN counted ON counted.user_id = found.user_id
    LEFT JOIN public.realtime_unread_counts before ON before.user_id = found.user_id
    ORDER BY found.place
  )
  SELECT array_agg(place), array_agg(status), array_agg(is_changed), array_agg(delivered_ms), array_agg(acknowledged_ms),
      array_agg(count), array_agg(version), array_agg(tells)
    INTO places, statuses, changes, delivered, acknowledged, counts, versions, tells FROM answered;
  -- The log is the engine's: it is appended to as whoever connected.
  PERFORM set_config('role', own_role, true), set_config('tambuli.signature', '', true);
  RETURN QUERY
  WITH answer AS MATERIALIZED (
    SELECT place, n, channels[place] AS channel FROM unnest(places) WITH ORDINALITY AS given(place, n)
  ), draft AS MATERIALIZED (
    SELECT n * 2 AS ordinal, channel, gen_random_uuid()::text AS id, 'unread_count' AS type,
      format('{"count":%s,"version":%s}', counts[n], versions[n]) AS data
    FROM answer WHERE tells[n]
    UNION ALL
    SELECT n * 2 + 1, channel, gen_random_uuid()::text, 'event_status',
      format('{"eventId":"%s","status":"%s"}', events[place], statuses[n])
    FROM answer WHERE changes[n] AND kinds[place] <> 'delivered'
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
    INSERT INTO public.realtime_publications (channel, "offset", id, type, data, created_at)
    SELECT channel, position, id, type, data::json, updated_at FROM placed
  )
  SELECT answer.place, statuses[n], changes[n], delivered[n], acknowledged[n], counts[n], versions[n],
    coalesce(counter.epoch, status.epoch),
    to_char(coalesce(counter.updated_at, status.updated_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    counter.id, counter.position, status.id, status.position
  FROM answer LEFT JOIN placed counter ON counter.ordinal = n * 2 LEFT JOIN placed status ON status.ordinal = n * 2 + 1
  ORDER BY n;
END
$$;
