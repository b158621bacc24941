-- Written by the service alone; who may be notified sees their own browsers.
ALTER TABLE public.realtime_push_subscriptions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON public.realtime_push_subscriptions TO tambuli_app;
--> statement-breakpoint
CREATE POLICY service ON public.realtime_push_subscriptions TO tambuli_app USING (public.realtime_is_service());
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_push_subscriptions FOR SELECT TO tambuli_app USING (user_id = public.realtime_user());
