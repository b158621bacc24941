-- The group channels whose member the caller is, at the schools of the present context, by their ids; those that they
-- moderate alone where asked. With the rights of its caller, and planned apart from the policies that ask.
CREATE FUNCTION school.joined_channels(moderated boolean) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN ARRAY(SELECT split_part(s.channel, ':', 2) FROM public.realtime_channel_subscriptions s
    WHERE s.user_id = public.realtime_user() AND s.unsubscribed_at IS NULL AND split_part(s.channel, ':', 1) = 'school_channel'
      AND s.role IS NOT NULL AND (NOT moderated OR s.role IN ('owner', 'moderator')
        OR s.tenant_id = ANY (public.realtime_supervised()))
      AND s.tenant_id = ANY (public.realtime_tenants() || public.realtime_supervised()));
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION school.joined_channels(boolean) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION school.joined_channels(boolean) TO tambuli_app;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['channels', 'channel_messages', 'channel_reactions', 'channel_receipts'] LOOP
    EXECUTE format('ALTER TABLE school.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON school.%I TO tambuli_app', name);
    EXECUTE format('CREATE POLICY service ON school.%I TO tambuli_app USING ((SELECT public.realtime_is_service()))
      WITH CHECK ((SELECT public.realtime_is_service()))', name);
  END LOOP;
END
$$;
--> statement-breakpoint
-- Of their schools the open ones and those they are in; all of the schools they supervise.
CREATE POLICY readers ON school.channels FOR SELECT TO tambuli_app USING (
  school_id = ANY ((SELECT public.realtime_supervised())::text[])
  OR (school_id = ANY ((SELECT public.realtime_tenants())::text[])
    AND (visibility = 'open' OR id = ANY ((SELECT school.joined_channels(false))::text[])))
);
--> statement-breakpoint
CREATE POLICY own_new ON school.channels FOR INSERT TO tambuli_app WITH CHECK (
  created_by = (SELECT public.realtime_user())
  AND (SELECT public.realtime_role()) IN ('teacher', 'finance_manager', 'principal', 'school_director', 'super_admin')
  AND school_id = ANY ((SELECT public.realtime_tenants() || public.realtime_supervised())::text[])
);
--> statement-breakpoint
CREATE POLICY members ON school.channel_messages FOR SELECT TO tambuli_app
  USING (channel_id = ANY ((SELECT school.joined_channels(false))::text[]));
--> statement-breakpoint
CREATE POLICY own_new ON school.channel_messages FOR INSERT TO tambuli_app WITH CHECK (
  author_id = (SELECT public.realtime_user()) AND channel_id = ANY ((SELECT school.joined_channels(false))::text[])
);
--> statement-breakpoint
-- A member locks a message to react to it; it is changed by its author, and by a moderator who removes it.
CREATE POLICY own ON school.channel_messages FOR UPDATE TO tambuli_app
  USING (channel_id = ANY ((SELECT school.joined_channels(false))::text[]))
  WITH CHECK (
    (author_id = (SELECT public.realtime_user()) AND channel_id = ANY ((SELECT school.joined_channels(false))::text[]))
    OR (deleted_at IS NOT NULL AND body = '' AND channel_id = ANY ((SELECT school.joined_channels(true))::text[]))
  );
--> statement-breakpoint
CREATE POLICY members ON school.channel_reactions FOR SELECT TO tambuli_app
  USING (EXISTS (SELECT FROM school.channel_messages m WHERE m.id = message_id));
--> statement-breakpoint
CREATE POLICY own_new ON school.channel_reactions FOR INSERT TO tambuli_app WITH CHECK (
  user_id = (SELECT public.realtime_user()) AND EXISTS (SELECT FROM school.channel_messages m WHERE m.id = message_id)
);
--> statement-breakpoint
-- Their own, and all of a message that they may remove.
CREATE POLICY own ON school.channel_reactions FOR DELETE TO tambuli_app USING (
  EXISTS (SELECT FROM school.channel_messages m WHERE m.id = message_id AND (
    channel_reactions.user_id = (SELECT public.realtime_user())
    OR m.author_id = (SELECT public.realtime_user())
    OR m.channel_id = ANY ((SELECT school.joined_channels(true))::text[])))
);
--> statement-breakpoint
CREATE POLICY members ON school.channel_receipts FOR SELECT TO tambuli_app
  USING (channel_id = ANY ((SELECT school.joined_channels(false))::text[]));
--> statement-breakpoint
CREATE POLICY own_new ON school.channel_receipts FOR INSERT TO tambuli_app WITH CHECK (
  user_id = (SELECT public.realtime_user()) AND channel_id = ANY ((SELECT school.joined_channels(false))::text[])
);
--> statement-breakpoint
CREATE POLICY own ON school.channel_receipts FOR UPDATE TO tambuli_app
  USING (user_id = (SELECT public.realtime_user()) AND channel_id = ANY ((SELECT school.joined_channels(false))::text[]))
  WITH CHECK (user_id = (SELECT public.realtime_user()) AND channel_id = ANY ((SELECT school.joined_channels(false))::text[]));
