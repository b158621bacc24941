-- What is left of data that is too large to publish, for the statement that changes a row and publishes it. The same rules
-- as `encodeFitting` in src/realtime/publishing/payload.ts: long texts and lists end early.
CREATE FUNCTION public.realtime_cut(value json, size integer, levels integer) RETURNS json
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
  CASE json_typeof(value)
    WHEN 'string' THEN
      RETURN CASE WHEN octet_length(value::text) <= size THEN value ELSE to_json(left(value #>> '{}', size)) END;
    WHEN 'array' THEN
      RETURN CASE WHEN levels = 0 THEN 'null'::json ELSE coalesce((
        SELECT json_agg(public.realtime_cut(item, size, levels - 1) ORDER BY place)
        FROM json_array_elements(value) WITH ORDINALITY AS items(item, place) WHERE place <= size), '[]') END;
    WHEN 'object' THEN
      RETURN CASE WHEN levels = 0 THEN 'null'::json ELSE coalesce((
        SELECT json_object_agg(key, public.realtime_cut(item, size, levels - 1) ORDER BY place)
        FROM json_each(value) WITH ORDINALITY AS items(key, item, place) WHERE place <= size), '{}') END;
    ELSE RETURN value;
  END CASE;
-- A text that Postgres cannot write, such as one with \u0000.
EXCEPTION WHEN data_exception THEN RETURN 'null'::json;
END
$$;
--> statement-breakpoint
CREATE FUNCTION public.realtime_fitting(value json, bytes integer) RETURNS json
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  size integer;
  kept text;
BEGIN
  IF octet_length(value::text) <= bytes THEN RETURN value; END IF;
  IF json_typeof(value) = 'object' THEN
    FOREACH size IN ARRAY ARRAY[8192, 4096, 2048, 1024, 256, 64] LOOP
      kept := left(public.realtime_cut(value, size, 63)::text, -1) || ',"truncated":true}';
      IF octet_length(kept) <= bytes THEN RETURN kept::json; END IF;
    END LOOP;
    SELECT left(json_object_agg(key, item ORDER BY place)::text, -1) || ',"truncated":true}' INTO kept FROM (
      SELECT * FROM json_each(value) WITH ORDINALITY AS items(key, item, place)
      WHERE json_typeof(item) NOT IN ('object', 'array') AND octet_length(item::text) <= 200 ORDER BY place LIMIT 64) short;
    IF octet_length(kept) <= bytes THEN RETURN kept::json; END IF;
  END IF;
  RETURN '{"truncated":true}'::json;
EXCEPTION WHEN data_exception THEN RETURN '{"truncated":true}'::json;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.realtime_cut(json, integer, integer), public.realtime_fitting(json, integer) FROM PUBLIC;
--> statement-breakpoint
DO $$
DECLARE
  server name;
BEGIN
  FOR server IN
    SELECT DISTINCT r.rolname FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE c.oid = 'public.realtime_publications'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION public.realtime_cut(json, integer, integer), public.realtime_fitting(json, integer) TO %I', server);
  END LOOP;
END
$$;
