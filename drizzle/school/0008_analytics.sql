-- Analytics. Every view is read with the rights of its reader, and has a row for each thing that happened, or for the
-- counts that forgotten people left. Numbers are summed; days and hours are those of the session's time zone. As the role
-- tambuli_app, those who supervise a school see its rows, and the service all; nobody sees a part of a school.
CREATE VIEW school.delivery_facts WITH (security_invoker = true) AS
  SELECT * FROM (
    SELECT d.created_at AS at, d.user_id, d.tenant_id, coalesce(m.role, '') AS role, e.type AS event_type, d.method,
      1::float8 AS recipients,
      (d.sent_at IS NOT NULL)::integer::float8 AS sent,
      (d.delivered_at IS NOT NULL OR d.read_at IS NOT NULL)::integer::float8 AS delivered,
      (d.read_at IS NOT NULL OR d.acknowledged_at IS NOT NULL)::integer::float8 AS read,
      (d.acknowledged_at IS NOT NULL)::integer::float8 AS acknowledged,
      (d.status = 'failed')::integer::float8 AS failed,
      (d.status = 'expired')::integer::float8 AS expired,
      (d.escalations > 0)::integer::float8 AS escalated,
      coalesce(greatest(0, extract(epoch FROM d.read_at - d.sent_at)), 0)::float8 AS seconds_to_read
    FROM public.realtime_event_deliveries d
    JOIN public.realtime_events e ON e.id = d.event_id
    LEFT JOIN school.members m ON m.user_id = d.user_id AND m.tenant_id = d.tenant_id
    UNION ALL
    SELECT c.at, NULL, nullif(c.tenant_id, ''), c.role, c.event_type, c.method,
      CASE c.measure WHEN 'recipients' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'sent' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'delivered' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'read' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'acknowledged' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'failed' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'expired' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'escalated' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'seconds_to_read' THEN c.value ELSE 0 END
    FROM public.realtime_removed_counts c WHERE c.fact = 'delivery'
  ) facts
  WHERE (SELECT current_user <> 'tambuli_app' OR public.realtime_is_service())
    OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[]);
--> statement-breakpoint
COMMENT ON VIEW school.delivery_facts IS 'A row for each tracked event and recipient, at the time when it was written for them. The funnel is sum(recipients) -> sum(sent) -> sum(delivered) -> sum(read) -> sum(acknowledged): sent was handed to a method, delivered is what a device acknowledged or a person read, read what a person read or acknowledged. A rate is a sum divided by sum(sent); the mean time to a reading is sum(seconds_to_read) / sum(read). method is the one that has it now; of an announcement (method channel) there is a row once somebody has read it.';
--> statement-breakpoint
CREATE VIEW school.session_facts WITH (security_invoker = true) AS
  SELECT * FROM (
    SELECT c.connected_at AS at, c.user_id, c.tenant_id, c.role, c.transport AS method, c.device_type AS detail,
      1::float8 AS sessions,
      (c.disconnected_at IS NOT NULL)::integer::float8 AS ended,
      coalesce(greatest(0, extract(epoch FROM c.disconnected_at - c.connected_at)), 0)::float8 AS seconds
    FROM public.websocket_connections c
    UNION ALL
    SELECT c.at, NULL, nullif(c.tenant_id, ''), c.role, c.method, c.detail,
      CASE c.measure WHEN 'sessions' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'ended' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'seconds' THEN c.value ELSE 0 END
    FROM public.realtime_removed_counts c WHERE c.fact = 'session'
  ) facts
  WHERE (SELECT current_user <> 'tambuli_app' OR public.realtime_is_service())
    OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[]);
--> statement-breakpoint
COMMENT ON VIEW school.session_facts IS 'A row for each connection of a person, at its beginning; method is the transport, detail the kind of device. The mean length of a session is sum(seconds) / sum(ended): one that goes on has no length yet.';
--> statement-breakpoint
CREATE VIEW school.activity_facts WITH (security_invoker = true) AS
  SELECT * FROM (
    SELECT a.created_at AS at, a.user_id, a.tenant_id, coalesce(m.role, '') AS role, a.page AS detail,
      (a.kind = 'page_view')::integer::float8 AS views,
      (a.kind = 'click')::integer::float8 AS clicks,
      (a.kind = 'interaction')::integer::float8 AS interactions,
      coalesce(a.duration_ms, 0) / 1000::float8 AS seconds
    FROM public.realtime_user_activity a
    LEFT JOIN school.members m ON m.user_id = a.user_id AND m.tenant_id = a.tenant_id
    UNION ALL
    SELECT c.at, NULL, nullif(c.tenant_id, ''), c.role, c.detail,
      CASE c.measure WHEN 'views' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'clicks' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'interactions' THEN c.value ELSE 0 END,
      CASE c.measure WHEN 'seconds' THEN c.value ELSE 0 END
    FROM public.realtime_removed_counts c WHERE c.fact = 'activity'
  ) facts
  WHERE (SELECT current_user <> 'tambuli_app' OR public.realtime_is_service())
    OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[]);
--> statement-breakpoint
COMMENT ON VIEW school.activity_facts IS 'A row for each item that a page reported, at the time when it came; detail is the page. Pages report nothing unless the deployment has ACTIVITY=true. The time on a page is sum(seconds).';
--> statement-breakpoint
-- Several rows for one person: people are counted once for each day or week.
CREATE VIEW school.presence_facts WITH (security_invoker = true) AS
  SELECT * FROM (
    SELECT c.connected_at AS at, c.user_id, c.tenant_id FROM public.websocket_connections c
    UNION ALL
    SELECT d.read_at, d.user_id, d.tenant_id FROM public.realtime_event_deliveries d WHERE d.read_at IS NOT NULL
    UNION ALL
    SELECT d.acknowledged_at, d.user_id, d.tenant_id FROM public.realtime_event_deliveries d WHERE d.acknowledged_at IS NOT NULL
    UNION ALL
    SELECT a.created_at, a.user_id, a.tenant_id FROM public.realtime_user_activity a
  ) facts
  WHERE (SELECT current_user <> 'tambuli_app' OR public.realtime_is_service())
    OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[]);
--> statement-breakpoint
COMMENT ON VIEW school.presence_facts IS 'A row for each sign that a person was active at a school: a connection that began, an event that was read or acknowledged, an item that a page reported.';
--> statement-breakpoint
CREATE VIEW school.daily_active WITH (security_invoker = true) AS
  SELECT day, tenant_id, sum(people)::float8 AS people FROM (
    SELECT at::date AS day, tenant_id, count(DISTINCT user_id)::float8 AS people FROM school.presence_facts GROUP BY 1, 2
    UNION ALL
    SELECT at::date, nullif(tenant_id, ''), value FROM public.realtime_removed_counts WHERE fact = 'active' AND measure = 'day'
  ) days GROUP BY 1, 2;
--> statement-breakpoint
COMMENT ON VIEW school.daily_active IS 'For each day and school, count(distinct user_id) of presence_facts of that day, and the people of that day who were forgotten since.';
--> statement-breakpoint
CREATE VIEW school.weekly_active WITH (security_invoker = true) AS
  SELECT week, tenant_id, sum(people)::float8 AS people FROM (
    SELECT date_trunc('week', at)::date AS week, tenant_id, count(DISTINCT user_id)::float8 AS people
    FROM school.presence_facts GROUP BY 1, 2
    UNION ALL
    SELECT at::date, nullif(tenant_id, ''), value FROM public.realtime_removed_counts WHERE fact = 'active' AND measure = 'week'
  ) weeks GROUP BY 1, 2;
--> statement-breakpoint
COMMENT ON VIEW school.weekly_active IS 'The same for each week, by its Monday. A week is no sum of its days.';
--> statement-breakpoint
CREATE VIEW school.daily_funnel WITH (security_invoker = true) AS
  SELECT at::date AS day, tenant_id, role, event_type, method, sum(recipients) AS recipients, sum(sent) AS sent,
    sum(delivered) AS delivered, sum(read) AS read, sum(acknowledged) AS acknowledged, sum(failed) AS failed, sum(expired) AS expired,
    sum(escalated) AS escalated, sum(delivered) / nullif(sum(sent), 0) AS delivery_rate, sum(read) / nullif(sum(sent), 0) AS read_rate,
    sum(acknowledged) / nullif(sum(sent), 0) AS acknowledgement_rate, sum(seconds_to_read) / nullif(sum(read), 0) AS mean_seconds_to_read
  FROM school.delivery_facts GROUP BY 1, 2, 3, 4, 5;
--> statement-breakpoint
COMMENT ON VIEW school.daily_funnel IS 'The sums and rates of delivery_facts for each day, school, role, type and method; a rate is null where nothing was sent.';
--> statement-breakpoint
-- The grouped views are for programs that see all schools: of a person's own part of them the sums would mislead.
GRANT SELECT ON school.delivery_facts, school.session_facts, school.activity_facts, school.presence_facts TO tambuli_app;
