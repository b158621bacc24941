-- Written by the service alone; those who supervise a tenant see its counts.
ALTER TABLE public.realtime_removed_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON public.realtime_removed_counts TO tambuli_app;
--> statement-breakpoint
CREATE POLICY service ON public.realtime_removed_counts TO tambuli_app USING ((SELECT public.realtime_is_service()))
  WITH CHECK ((SELECT public.realtime_is_service()));
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_removed_counts FOR SELECT TO tambuli_app
  USING (tenant_id = ANY ((SELECT public.realtime_supervised())::text[]));
