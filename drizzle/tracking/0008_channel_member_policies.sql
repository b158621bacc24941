-- Who is a member of a channel is written by the service alone; people write how far they have read channels they see.
DROP POLICY own ON public.realtime_channel_subscriptions;
--> statement-breakpoint
CREATE POLICY own ON public.realtime_channel_subscriptions TO tambuli_app USING (user_id = (SELECT public.realtime_user()))
  WITH CHECK (user_id = (SELECT public.realtime_user()) AND role IS NULL AND tenant_id IS NULL
    AND EXISTS (SELECT FROM public.realtime_channels c WHERE c.name = realtime_channel_subscriptions.channel));
