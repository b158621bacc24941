-- Takes the author and the content of somebody's messages away, at most a thousand at a time. Whose a message is, is no
-- column that the role tambuli_app may update, so this runs as the owner, and for the service alone.
CREATE FUNCTION school.forget_author(author text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed integer;
BEGIN
  IF NOT public.realtime_is_service() THEN RETURN 0; END IF;
  UPDATE school.channel_messages SET author_id = '', body = '', attachments = '[]', deleted_at = coalesce(deleted_at, clock_timestamp())
  WHERE ctid = ANY (ARRAY(SELECT m.ctid FROM school.channel_messages m WHERE m.author_id = author LIMIT 1000 FOR UPDATE));
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION school.forget_author(text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION school.forget_author(text) TO tambuli_app;
--> statement-breakpoint
-- Policies bind the owner too. The settings of the service have a signature that only the owner can make.
CREATE POLICY forgetting ON school.channel_messages
  USING (current_user <> 'tambuli_app' AND (SELECT public.realtime_is_service()))
  WITH CHECK (current_user <> 'tambuli_app' AND (SELECT public.realtime_is_service()));
