-- Who a transaction is for is asked for each table of each statement. A SQL function that cannot be inlined is planned
-- for each of those calls: the check of the signature is in PL/pgSQL, which keeps its plans, and the five functions of the
-- policies are inlined. Their bodies are parsed here and now, so no search_path of a caller's changes what they mean.
CREATE OR REPLACE FUNCTION public.realtime_signature() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT encode(sha256(outer_pad || sha256(inner_pad || convert_to(array_to_json(ARRAY[
    pg_backend_pid()::text,
    extract(epoch FROM transaction_timestamp())::text,
    current_setting('tambuli.user_id', true),
    current_setting('tambuli.role', true),
    current_setting('tambuli.tenants', true),
    current_setting('tambuli.supervised', true),
    current_setting('tambuli.service', true)
  ])::text, 'UTF8'))), 'hex')
  FROM public.realtime_signing_key);
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_is_signed() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN coalesce(current_setting('tambuli.signature', true) = public.realtime_signature(), false);
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_user() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN CASE WHEN public.realtime_is_signed() THEN nullif(pg_catalog.current_setting('tambuli.user_id', true), '') END;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_role() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN CASE WHEN public.realtime_is_signed() THEN nullif(pg_catalog.current_setting('tambuli.role', true), '') END;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_tenants() RETURNS text[] LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN CASE WHEN public.realtime_is_signed() THEN nullif(pg_catalog.current_setting('tambuli.tenants', true), '')::text[] END;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_supervised() RETURNS text[] LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN CASE WHEN public.realtime_is_signed() THEN nullif(pg_catalog.current_setting('tambuli.supervised', true), '')::text[] END;
--> statement-breakpoint
-- The setting alone says no to everybody else, and then no signature is made.
CREATE OR REPLACE FUNCTION public.realtime_is_service() RETURNS boolean LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN CASE WHEN pg_catalog.current_setting('tambuli.service', true) = 'on' THEN public.realtime_is_signed() ELSE false END;
--> statement-breakpoint
-- Permissive policies are asked in the reverse order of their names: that of the service before all others.
ALTER POLICY sources ON public.realtime_events RENAME TO raised;
