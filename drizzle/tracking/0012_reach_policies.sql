-- Written by the service alone: a person sees their own phones, and the attempts to reach them; those who supervise a
-- tenant see all attempts of its events.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['realtime_devices', 'realtime_delivery_attempts'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO tambuli_app', name);
    EXECUTE format('CREATE POLICY service ON public.%I TO tambuli_app USING ((SELECT public.realtime_is_service()))
      WITH CHECK ((SELECT public.realtime_is_service()))', name);
  END LOOP;
END
$$;
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_devices FOR SELECT TO tambuli_app USING (user_id = (SELECT public.realtime_user()));
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_delivery_attempts FOR SELECT TO tambuli_app USING (
  user_id = (SELECT public.realtime_user()) OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[])
);
