-- Written by the service alone; a person sees their own preferences.
ALTER TABLE public.realtime_preferences ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON public.realtime_preferences TO tambuli_app;
--> statement-breakpoint
CREATE POLICY service ON public.realtime_preferences TO tambuli_app USING ((SELECT public.realtime_is_service()))
  WITH CHECK ((SELECT public.realtime_is_service()));
--> statement-breakpoint
CREATE POLICY readers ON public.realtime_preferences FOR SELECT TO tambuli_app USING (user_id = (SELECT public.realtime_user()));
--> statement-breakpoint
-- The next time when a clock of this zone shows these minutes after midnight. A time that a change of the clock leaves out
-- counts as the one it is turned to, one that comes twice as the second.
CREATE FUNCTION public.realtime_next_local(moment timestamptz, zone text, minutes integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  today timestamp := date_trunc('day', moment AT TIME ZONE zone);
  found timestamptz := (today + minutes * interval '1 minute') AT TIME ZONE zone;
BEGIN
  IF found <= moment THEN
    found := (today + interval '1 day' + minutes * interval '1 minute') AT TIME ZONE zone;
  END IF;
  RETURN found;
END
$$;
--> statement-breakpoint
-- The end of the quiet hours that this moment lies in; null outside.
CREATE FUNCTION public.realtime_quiet_until(moment timestamptz, zone text, quiet_from integer, quiet_to integer)
RETURNS timestamptz LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  minutes integer := extract(hour FROM moment AT TIME ZONE zone) * 60 + extract(minute FROM moment AT TIME ZONE zone);
  is_quiet boolean := CASE WHEN quiet_from <= quiet_to THEN minutes >= quiet_from AND minutes < quiet_to
    ELSE minutes >= quiet_from OR minutes < quiet_to END;
BEGIN
  RETURN CASE WHEN is_quiet THEN public.realtime_next_local(moment, zone, quiet_to) END;
END
$$;
--> statement-breakpoint
-- Ends the escalation of a delivery that was read or is over, whichever statement says so, and notes the methods that this
-- made unnecessary, by the rule of `refusalOf` in src/tracking/preferences. A device that has it is no reason to give up what has not left yet: it may lie in a drawer.
CREATE FUNCTION public.realtime_end_escalation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.status IN ('read', 'acknowledged', 'expired', 'cancelled') THEN
    IF NEW.status IN ('read', 'acknowledged') AND OLD.status NOT IN ('read', 'acknowledged') THEN
      SELECT array_agg(step.method ORDER BY step.place) INTO NEW.spared
      FROM public.realtime_events e JOIN public.realtime_event_types t ON t.name = e.type
      CROSS JOIN LATERAL unnest(t.methods) WITH ORDINALITY AS step(method, place)
      WHERE e.id = NEW.event_id AND t.escalation ? step.method
        AND (step.place > array_position(t.methods, NEW.method)
          OR (step.method = NEW.method AND NEW.attempts = 0 AND OLD.next_attempt_at IS NOT NULL))
        AND NEW.priority_rank >= coalesce(array_position(ARRAY['low', 'normal', 'high', 'urgent', 'critical'],
          t.escalation -> step.method ->> 'fromPriority'), 1)
        AND 'off' IS DISTINCT FROM (SELECT p.choice FROM public.realtime_preferences p
          WHERE p.user_id = NEW.user_id AND p.method = step.method AND p.event_type IN (e.type, '*')
          ORDER BY p.event_type = '*' LIMIT 1)
        AND CASE step.method
          WHEN 'fcm' THEN EXISTS (SELECT FROM public.realtime_devices a WHERE a.user_id = NEW.user_id)
          WHEN 'web-push' THEN EXISTS (SELECT FROM public.realtime_push_subscriptions a WHERE a.user_id = NEW.user_id)
          WHEN 'sms' THEN EXISTS (SELECT FROM public.realtime_contacts a WHERE a.user_id = NEW.user_id AND a.phone IS NOT NULL)
          WHEN 'email' THEN EXISTS (SELECT FROM public.realtime_contacts a WHERE a.user_id = NEW.user_id AND a.email IS NOT NULL)
          ELSE true
        END;
      NEW.spared := coalesce(NEW.spared, '{}');
    END IF;
    NEW.escalates_at := NULL;
    NEW.next_attempt_at := NULL;
    NEW.in_digest := false;
  ELSIF NEW.status = 'delivered' AND NEW.method <> 'websocket' AND NEW.next_attempt_at IS NULL THEN
    NEW.next_attempt_at := OLD.next_attempt_at;
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER realtime_end_escalation BEFORE UPDATE ON public.realtime_event_deliveries FOR EACH ROW
  WHEN (NEW.escalates AND (NEW.status IS DISTINCT FROM OLD.status OR NEW.device_acks IS DISTINCT FROM OLD.device_acks))
  EXECUTE FUNCTION public.realtime_end_escalation();
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.realtime_next_local(timestamptz, text, integer),
  public.realtime_quiet_until(timestamptz, text, integer, integer), public.realtime_end_escalation() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.realtime_next_local(timestamptz, text, integer),
  public.realtime_quiet_until(timestamptz, text, integer, integer) TO tambuli_app;
