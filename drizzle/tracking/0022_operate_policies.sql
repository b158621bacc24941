-- Written by the service alone.
ALTER TABLE public.realtime_sms_wishes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON public.realtime_sms_wishes TO tambuli_app;
--> statement-breakpoint
CREATE POLICY service ON public.realtime_sms_wishes TO tambuli_app USING ((SELECT public.realtime_is_service()))
  WITH CHECK ((SELECT public.realtime_is_service()));
