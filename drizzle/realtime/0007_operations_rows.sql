-- The row names the transaction that wrote it; what tells this database from others is added by the first process.
INSERT INTO public.realtime_cluster (id, facts, written) VALUES (1, '{}', pg_current_xact_id()::text);
--> statement-breakpoint
-- Channels that were read and never published on.
INSERT INTO public.realtime_channel_openings (name, opened_at)
SELECT name, now() FROM public.realtime_channels WHERE last_offset = 0;
