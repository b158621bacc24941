-- The role as which transactions about tracked events run, whoever connects: it can bypass no policy. A role belongs to
-- the whole cluster, so another database may have made it.
DO $$
DECLARE
  remedy text := format(
    'run as an administrator: CREATE ROLE tambuli_app NOLOGIN NOBYPASSRLS; GRANT tambuli_app TO %I;', current_user);
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tambuli_app') THEN
    BEGIN
      CREATE ROLE tambuli_app NOLOGIN NOBYPASSRLS;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role tambuli_app is missing and % may not make it; %', current_user, remedy
          USING ERRCODE = 'insufficient_privilege';
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tambuli_app' AND (rolsuper OR rolbypassrls)) THEN
    RAISE EXCEPTION 'the role tambuli_app can bypass row level security; run as an administrator: ALTER ROLE tambuli_app NOSUPERUSER NOBYPASSRLS;'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- Whether one may SET ROLE is not the same as being a member since Postgres 16: trying is the one test for all.
  BEGIN
    SET LOCAL ROLE tambuli_app;
    RESET ROLE;
  EXCEPTION WHEN insufficient_privilege THEN
    BEGIN
      EXECUTE format('GRANT tambuli_app TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE EXCEPTION '% may not become tambuli_app; %', current_user, remedy USING ERRCODE = 'insufficient_privilege';
    END;
  END;
END
$$;
--> statement-breakpoint
-- Who the transaction is for: settings that src/tracking/principal.ts makes, for the transaction alone. Unset, all of
-- these are null, and nothing is visible.
CREATE FUNCTION public.realtime_user() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('tambuli.user_id', true), '')
$$;
--> statement-breakpoint
CREATE FUNCTION public.realtime_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('tambuli.role', true), '')
$$;
--> statement-breakpoint
CREATE FUNCTION public.realtime_tenants() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('tambuli.tenants', true), '')::text[]
$$;
--> statement-breakpoint
CREATE FUNCTION public.realtime_supervised() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('tambuli.supervised', true), '')::text[]
$$;
--> statement-breakpoint
CREATE FUNCTION public.realtime_is_service() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT current_setting('tambuli.service', true) = 'on'
$$;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['websocket_connections', 'realtime_event_types', 'realtime_events', 'realtime_event_deliveries',
    'realtime_unread_counts', 'realtime_channel_subscriptions', 'realtime_user_activity', 'realtime_system_metrics'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO tambuli_app', name);
    EXECUTE format('CREATE POLICY service ON public.%I TO tambuli_app USING (public.realtime_is_service())', name);
  END LOOP;
END
$$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO tambuli_app;
--> statement-breakpoint
GRANT SELECT ON public.realtime_channels TO tambuli_app;
--> statement-breakpoint
-- The engine's own table, which only this role sees through a policy; whoever else was granted it has all of it.
ALTER TABLE public.realtime_channels ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY engine ON public.realtime_channels USING (current_user <> 'tambuli_app');
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_channels FOR SELECT TO tambuli_app USING (
  public.realtime_is_service()
  OR name = 'realtime_events:' || public.realtime_encode_segment(public.realtime_user())
  OR (split_part(name, ':', 1) = 'realtime_announcements'
    AND EXISTS (SELECT FROM unnest(public.realtime_tenants() || public.realtime_supervised()) tenant
      WHERE name = 'realtime_announcements:' || public.realtime_encode_segment(tenant)))
);
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_event_types FOR SELECT TO tambuli_app USING (public.realtime_user() IS NOT NULL);
--> statement-breakpoint
-- Their own once they were sent, and of tenants they supervise all.
CREATE POLICY readers ON public.realtime_event_deliveries FOR SELECT TO tambuli_app USING (
  (user_id = public.realtime_user() AND status <> 'pending') OR tenant_id = ANY (public.realtime_supervised())
);
--> statement-breakpoint
-- What became of something that is read by position.
CREATE POLICY own_new ON public.realtime_event_deliveries FOR INSERT TO tambuli_app WITH CHECK (
  user_id = public.realtime_user() AND method = 'channel'
  AND tenant_id = ANY (public.realtime_tenants() || public.realtime_supervised())
);
--> statement-breakpoint
CREATE POLICY own ON public.realtime_event_deliveries FOR UPDATE TO tambuli_app USING (user_id = public.realtime_user());
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_events FOR SELECT TO tambuli_app USING (
  source_user_id = public.realtime_user()
  OR tenant_id = ANY (public.realtime_supervised())
  OR (delivery_mode = 'channel' AND status <> 'pending' AND tenant_id = ANY (public.realtime_tenants()))
  OR EXISTS (SELECT FROM public.realtime_event_deliveries d
    WHERE d.event_id = realtime_events.id AND d.user_id = public.realtime_user())
);
--> statement-breakpoint
-- In their own name, of a type that is for their role to raise, to tenants of theirs.
CREATE POLICY sources ON public.realtime_events FOR INSERT TO tambuli_app WITH CHECK (
  source_user_id = public.realtime_user()
  AND tenant_id = ANY (public.realtime_tenants() || public.realtime_supervised())
  AND target_tenant_ids <@ (public.realtime_tenants() || public.realtime_supervised())
  AND EXISTS (SELECT FROM public.realtime_event_types t
    WHERE t.name = realtime_events.type AND t.is_active AND public.realtime_role() = ANY (t.source_roles))
);
--> statement-breakpoint
CREATE POLICY readers ON public.websocket_connections FOR SELECT TO tambuli_app USING (
  user_id = public.realtime_user() OR tenant_id = ANY (public.realtime_supervised())
);
--> statement-breakpoint
CREATE POLICY own_new ON public.websocket_connections FOR INSERT TO tambuli_app WITH CHECK (
  user_id = public.realtime_user()
  AND (tenant_id IS NULL OR tenant_id = ANY (public.realtime_tenants() || public.realtime_supervised()))
);
--> statement-breakpoint
CREATE POLICY own ON public.websocket_connections FOR UPDATE TO tambuli_app USING (user_id = public.realtime_user())
  WITH CHECK (
    user_id = public.realtime_user()
    AND (tenant_id IS NULL OR tenant_id = ANY (public.realtime_tenants() || public.realtime_supervised()))
  );
--> statement-breakpoint
CREATE POLICY own ON public.realtime_unread_counts TO tambuli_app USING (user_id = public.realtime_user());
--> statement-breakpoint
CREATE POLICY own ON public.realtime_channel_subscriptions TO tambuli_app USING (user_id = public.realtime_user());
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_user_activity FOR SELECT TO tambuli_app USING (
  user_id = public.realtime_user() OR tenant_id = ANY (public.realtime_supervised())
);
--> statement-breakpoint
CREATE POLICY own_new ON public.realtime_user_activity FOR INSERT TO tambuli_app WITH CHECK (
  user_id = public.realtime_user()
  AND (tenant_id IS NULL OR tenant_id = ANY (public.realtime_tenants() || public.realtime_supervised()))
);
