-- A snapshot and its position come from one snapshot of the caller's, since a stable function reads by that of its statement.
-- A channel without a head has no position to continue from: "none:0" is one of no life, so a client that subscribes with it
-- is told that it is not recovered, and reads its snapshot again.
CREATE FUNCTION public.realtime_position(channel text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT c.epoch || ':' || c.last_offset FROM public.realtime_channels c WHERE c.name = $1), 'none:0')
$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.realtime_position(text) IS
  'The position of a channel as the statement sees it, for a client that subscribes after a snapshot: select realtime_position(''hearings''), (select json_agg(h) from hearings h)';
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.realtime_position(text) FROM PUBLIC;
