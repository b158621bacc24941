-- The settings that say who a transaction is for are believed only with a signature, which the owner alone can make. A
-- login that is a member of tambuli_app may set what it likes: without the signature all of it is null.
CREATE TABLE public.realtime_signing_key (
  "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"),
  inner_pad bytea NOT NULL,
  outer_pad bytea NOT NULL
);
--> statement-breakpoint
-- Makes the key where there is none, as in a database that was restored without its rows. The two pads of HMAC (RFC 2104).
CREATE FUNCTION public.realtime_make_signing_key() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key bytea := sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid()), 'UTF8'))
    || decode(repeat('00', 32), 'hex');
  inner_pad bytea := key;
  outer_pad bytea := key;
BEGIN
  FOR place IN 0..63 LOOP
    inner_pad := set_byte(inner_pad, place, get_byte(key, place) # 54);
    outer_pad := set_byte(outer_pad, place, get_byte(key, place) # 92);
  END LOOP;
  INSERT INTO public.realtime_signing_key (inner_pad, outer_pad) VALUES (inner_pad, outer_pad) ON CONFLICT DO NOTHING;
END
$$;
--> statement-breakpoint
SELECT public.realtime_make_signing_key();
--> statement-breakpoint
-- HMAC-SHA256 of the settings, this session and this transaction: a signature that was seen once is worth nothing in
-- another transaction. Null where there is no key.
CREATE FUNCTION public.realtime_signature() RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT encode(sha256(outer_pad || sha256(inner_pad || convert_to(array_to_json(ARRAY[
    pg_backend_pid()::text,
    extract(epoch FROM transaction_timestamp())::text,
    current_setting('tambuli.user_id', true),
    current_setting('tambuli.role', true),
    current_setting('tambuli.tenants', true),
    current_setting('tambuli.supervised', true),
    current_setting('tambuli.service', true)
  ])::text, 'UTF8'))), 'hex')
  FROM public.realtime_signing_key
$$;
--> statement-breakpoint
CREATE FUNCTION public.realtime_is_signed() RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(current_setting('tambuli.signature', true) = public.realtime_signature(), false)
$$;
--> statement-breakpoint
-- Makes the settings of a transaction, before it takes the role tambuli_app, which may not call this.
CREATE FUNCTION public.realtime_enter(user_id text, role text, tenants text, supervised text, service text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM set_config('tambuli.user_id', user_id, true), set_config('tambuli.role', role, true),
    set_config('tambuli.tenants', tenants, true), set_config('tambuli.supervised', supervised, true),
    set_config('tambuli.service', service, true);
  IF public.realtime_signature() IS NULL THEN PERFORM public.realtime_make_signing_key(); END IF;
  PERFORM set_config('tambuli.signature', public.realtime_signature(), true);
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_user() RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN public.realtime_is_signed() THEN nullif(current_setting('tambuli.user_id', true), '') END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_role() RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN public.realtime_is_signed() THEN nullif(current_setting('tambuli.role', true), '') END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_tenants() RETURNS text[]
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN public.realtime_is_signed() THEN nullif(current_setting('tambuli.tenants', true), '')::text[] END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_supervised() RETURNS text[]
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN public.realtime_is_signed() THEN nullif(current_setting('tambuli.supervised', true), '')::text[] END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_is_service() RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
  SELECT public.realtime_is_signed() AND current_setting('tambuli.service', true) = 'on'
$$;
--> statement-breakpoint
-- Whether a delivery belongs to an event that the caller may read, of the same tenant and read the same way. With the
-- rights of its caller, and planned apart from the policy that asks: the policy of events asks for deliveries in turn.
-- Stable, so that it sees the rows as they were before the statement that is checked.
CREATE FUNCTION public.realtime_agrees_with_event(event_id uuid, tenant_id text, method text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.realtime_events e
    WHERE e.id = realtime_agrees_with_event.event_id
      AND e.tenant_id IS NOT DISTINCT FROM realtime_agrees_with_event.tenant_id
      AND (e.delivery_mode = 'channel') = (realtime_agrees_with_event.method = 'channel'));
END
$$;
--> statement-breakpoint
-- The migrating role keeps its own rights on all of them.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['realtime_make_signing_key()', 'realtime_signature()', 'realtime_is_signed()',
    'realtime_enter(text, text, text, text, text)', 'realtime_user()', 'realtime_role()', 'realtime_tenants()',
    'realtime_supervised()', 'realtime_is_service()', 'realtime_agrees_with_event(uuid, text, text)'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION public.%s FROM PUBLIC', name);
  END LOOP;
END
$$;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.realtime_is_signed(), public.realtime_user(), public.realtime_role(), public.realtime_tenants(), public.realtime_supervised(),
  public.realtime_is_service(), public.realtime_agrees_with_event(uuid, text, text),
  public.realtime_encode_segment(text) TO tambuli_app;
--> statement-breakpoint
REVOKE ALL ON public.realtime_signing_key FROM PUBLIC;
--> statement-breakpoint
DO $$
DECLARE
  policy record;
  name text;
BEGIN
  FOR policy IN SELECT tablename, policyname FROM pg_catalog.pg_policies
    WHERE schemaname = 'public' AND tablename = ANY (ARRAY['websocket_connections', 'realtime_event_types', 'realtime_events',
      'realtime_event_deliveries', 'realtime_unread_counts', 'realtime_channel_subscriptions', 'realtime_user_activity',
      'realtime_system_metrics', 'realtime_push_subscriptions', 'realtime_channels'])
      AND policyname IN ('service', 'engine', 'readers', 'own_new', 'own', 'sources') LOOP
    EXECUTE format('DROP POLICY %I ON public.%I', policy.policyname, policy.tablename);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['websocket_connections', 'realtime_event_types', 'realtime_events', 'realtime_event_deliveries',
    'realtime_unread_counts', 'realtime_channel_subscriptions', 'realtime_user_activity', 'realtime_system_metrics',
    'realtime_push_subscriptions'] LOOP
    EXECUTE format('CREATE POLICY service ON public.%I TO tambuli_app USING ((SELECT public.realtime_is_service()))
      WITH CHECK ((SELECT public.realtime_is_service()))', name);
  END LOOP;
END
$$;
--> statement-breakpoint
-- From here on a subquery without a reference to the row is a value that the statement computes once.
--
-- The engine's own table: a role that writes it, or has nothing to do with tambuli_app, has all that it was granted. A
-- member of tambuli_app sees what the next policy shows, under whatever name it is logged in.
CREATE POLICY engine ON public.realtime_channels
  USING ((SELECT has_table_privilege('public.realtime_channels', 'UPDATE') OR NOT pg_has_role('tambuli_app', 'USAGE')))
  WITH CHECK ((SELECT has_table_privilege('public.realtime_channels', 'UPDATE') OR NOT pg_has_role('tambuli_app', 'USAGE')));
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_channels FOR SELECT TO tambuli_app USING (
  (SELECT public.realtime_is_service())
  OR name = (SELECT 'realtime_events:' || public.realtime_encode_segment(public.realtime_user()))
  OR name = ANY (ARRAY(SELECT 'realtime_announcements:' || public.realtime_encode_segment(tenant)
    FROM unnest(public.realtime_tenants() || public.realtime_supervised()) tenant))
);
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_event_types FOR SELECT TO tambuli_app
  USING ((SELECT public.realtime_user()) IS NOT NULL);
--> statement-breakpoint
-- Their own once they were sent, and of tenants they supervise all.
CREATE POLICY readers ON public.realtime_event_deliveries FOR SELECT TO tambuli_app USING (
  (user_id = (SELECT public.realtime_user()) AND status <> 'pending')
  OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[])
);
--> statement-breakpoint
-- What became of an announcement to a tenant of theirs.
CREATE POLICY own_new ON public.realtime_event_deliveries FOR INSERT TO tambuli_app WITH CHECK (
  user_id = (SELECT public.realtime_user()) AND method = 'channel' AND status <> 'pending'
  AND tenant_id = ANY ((SELECT public.realtime_tenants() || public.realtime_supervised())::text[])
  AND public.realtime_agrees_with_event(event_id, tenant_id, method)
);
--> statement-breakpoint
-- It stays a delivery of this person, of an event they could read before.
CREATE POLICY own ON public.realtime_event_deliveries FOR UPDATE TO tambuli_app
  USING (user_id = (SELECT public.realtime_user()) AND status <> 'pending')
  WITH CHECK (user_id = (SELECT public.realtime_user()) AND status <> 'pending'
    AND public.realtime_agrees_with_event(event_id, tenant_id, method));
--> statement-breakpoint
-- A delivery of the method `channel` is written by the person, and shows them nothing that they do not see without it.
CREATE POLICY readers ON public.realtime_events FOR SELECT TO tambuli_app USING (
  source_user_id = (SELECT public.realtime_user())
  OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[])
  OR (delivery_mode = 'channel' AND status <> 'pending' AND tenant_id = ANY ((SELECT public.realtime_tenants())::text[]))
  OR EXISTS (SELECT FROM public.realtime_event_deliveries d
    WHERE d.event_id = realtime_events.id AND d.user_id = (SELECT public.realtime_user()) AND d.method <> 'channel')
);
--> statement-breakpoint
-- In their own name, of a type that is for their role to raise, to tenants of theirs.
CREATE POLICY sources ON public.realtime_events FOR INSERT TO tambuli_app WITH CHECK (
  source_user_id = (SELECT public.realtime_user())
  AND tenant_id = ANY ((SELECT public.realtime_tenants() || public.realtime_supervised())::text[])
  AND target_tenant_ids <@ (SELECT public.realtime_tenants() || public.realtime_supervised())
  AND EXISTS (SELECT FROM public.realtime_event_types t
    WHERE t.name = realtime_events.type AND t.is_active AND (SELECT public.realtime_role()) = ANY (t.source_roles))
);
--> statement-breakpoint
CREATE POLICY readers ON public.websocket_connections FOR SELECT TO tambuli_app USING (
  user_id = (SELECT public.realtime_user()) OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[])
);
--> statement-breakpoint
CREATE POLICY own_new ON public.websocket_connections FOR INSERT TO tambuli_app WITH CHECK (
  user_id = (SELECT public.realtime_user())
  AND (tenant_id IS NULL OR tenant_id = ANY ((SELECT public.realtime_tenants() || public.realtime_supervised())::text[]))
);
--> statement-breakpoint
CREATE POLICY own ON public.websocket_connections FOR UPDATE TO tambuli_app
  USING (user_id = (SELECT public.realtime_user()))
  WITH CHECK (
    user_id = (SELECT public.realtime_user())
    AND (tenant_id IS NULL OR tenant_id = ANY ((SELECT public.realtime_tenants() || public.realtime_supervised())::text[]))
  );
--> statement-breakpoint
CREATE POLICY own ON public.realtime_unread_counts TO tambuli_app USING (user_id = (SELECT public.realtime_user()))
  WITH CHECK (user_id = (SELECT public.realtime_user()));
--> statement-breakpoint
-- Of channels that they may see themselves.
CREATE POLICY own ON public.realtime_channel_subscriptions TO tambuli_app USING (user_id = (SELECT public.realtime_user()))
  WITH CHECK (user_id = (SELECT public.realtime_user())
    AND EXISTS (SELECT FROM public.realtime_channels c WHERE c.name = realtime_channel_subscriptions.channel));
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_user_activity FOR SELECT TO tambuli_app USING (
  user_id = (SELECT public.realtime_user()) OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[])
);
--> statement-breakpoint
-- On a connection of their own, where they name one.
CREATE POLICY own_new ON public.realtime_user_activity FOR INSERT TO tambuli_app WITH CHECK (
  user_id = (SELECT public.realtime_user())
  AND (tenant_id IS NULL OR tenant_id = ANY ((SELECT public.realtime_tenants() || public.realtime_supervised())::text[]))
  AND (connection_id IS NULL OR EXISTS (SELECT FROM public.websocket_connections c
    WHERE c.id = realtime_user_activity.connection_id AND c.user_id = (SELECT public.realtime_user())))
);
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_push_subscriptions FOR SELECT TO tambuli_app
  USING (user_id = (SELECT public.realtime_user()));
