-- Written by the service alone; a person sees when they read.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['realtime_reading_hours', 'realtime_reading_groups', 'realtime_predictions'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO tambuli_app', name);
    EXECUTE format('CREATE POLICY service ON public.%I TO tambuli_app USING ((SELECT public.realtime_is_service()))
      WITH CHECK ((SELECT public.realtime_is_service()))', name);
  END LOOP;
END
$$;
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_reading_hours FOR SELECT TO tambuli_app USING (user_id = (SELECT public.realtime_user()));
