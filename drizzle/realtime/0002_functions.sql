-- The names of columns on the wire: case_number becomes caseNumber.
CREATE FUNCTION public.realtime_camel_case(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF strpos(name, '_') = 0 THEN RETURN name; END IF;
  IF name ~ '^[a-z0-9]+(_[a-z0-9]+)*$' THEN
    RETURN left(name, 1) || substr(replace(initcap(name COLLATE "C"), '_', ''), 2);
  END IF;
  RETURN (
    SELECT string_agg(CASE WHEN place = 1 THEN part ELSE upper(left(part, 1) COLLATE "C") || substr(part, 2) END, '' ORDER BY place)
    FROM regexp_split_to_table(name, '_(?=[a-z0-9])') WITH ORDINALITY AS parts(part, place)
  );
END
$$;
--> statement-breakpoint
-- The select list that makes what leaves of a row called `prefix`: its columns in their order, named in camelCase,
-- without the hidden ones and without any whose name says that it holds a secret; those in `texts` as texts.
CREATE FUNCTION public.realtime_columns(relation oid, prefix text, hidden text[], texts text[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    SELECT coalesce(string_agg(
      format(CASE WHEN attname = ANY (texts) THEN '%s.%I::text AS %I' ELSE '%s.%I AS %I' END,
        prefix, attname, public.realtime_camel_case(attname)),
      ', ' ORDER BY attnum), '')
    FROM pg_catalog.pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attname <> ALL (hidden)
      AND attname !~* '(^|_)(password|passwd|passcode|passphrase|pin|secret|otp|token|hash|salt|api_?key|private_?key)(_|$)'
  );
END
$$;
--> statement-breakpoint
-- A row of a table as it leaves.
CREATE FUNCTION public.realtime_wire_row(source anyelement, hidden text[] DEFAULT '{}', texts text[] DEFAULT '{}') RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
  relation oid := (SELECT typrelid FROM pg_catalog.pg_type WHERE oid = pg_typeof(source));
  wire json;
BEGIN
  EXECUTE format('SELECT row_to_json(wire) FROM (SELECT %s) wire', public.realtime_columns(relation, '($1)', hidden, texts))
    INTO wire USING source;
  RETURN wire;
END
$$;
--> statement-breakpoint
-- Any text as one segment of a channel name, as encodeSegment in src/protocol/channel-name.ts does it.
CREATE FUNCTION public.realtime_encode_segment(segment text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF segment !~ '[^A-Za-z0-9_.~-]' THEN RETURN segment; END IF;
  RETURN (
    SELECT string_agg(
      CASE WHEN sign ~ '[A-Za-z0-9_.~-]' THEN sign
        ELSE upper(regexp_replace(encode(convert_to(sign, 'UTF8'), 'hex'), '(..)', '%\1', 'g')) END, '' ORDER BY place)
    FROM regexp_split_to_table(segment, '') WITH ORDINALITY AS signs(sign, place)
  );
END
$$;
--> statement-breakpoint
-- What keeps a publication out of the log, or null.
CREATE FUNCTION public.realtime_fault(channel text, type text, event_type text, data_bytes integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN channel IS NULL OR length(channel) > 200 OR channel !~ '^[a-z][a-z0-9_-]*(:[A-Za-z0-9_.~%-]+){0,3}$'
      THEN 'a channel is a namespace such as hearings with up to three segments, hearings:1, of at most 200 characters'
    WHEN type IS NULL OR length(type) NOT BETWEEN 1 AND 100 THEN 'a type has 1 to 100 characters'
    WHEN length(event_type) > 100 THEN 'an event type has at most 100 characters'
    WHEN data_bytes > 131072 THEN 'data has at most 131072 bytes'
  END
$$;
--> statement-breakpoint
-- Publishes when the transaction commits, and not when it is rolled back. Takes no lock that another transaction waits for.
CREATE FUNCTION public.realtime_enqueue(channel text, type text, event_type text, data json) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  content json := coalesce(data, 'null'::json);
  fault text := public.realtime_fault(channel, type, event_type, octet_length(content::text));
BEGIN
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION 'realtime_publish: %', fault USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO public.realtime_outbox (channel, type, event_type, data) VALUES (channel, type, event_type, content);
  PERFORM pg_catalog.pg_notify('realtime_outbox', '');
END
$$;
--> statement-breakpoint
CREATE FUNCTION public.realtime_publish(channel text, type text, event_type text, data jsonb) RETURNS void
LANGUAGE sql VOLATILE AS $$ SELECT public.realtime_enqueue(channel, type, event_type, data::json) $$;
--> statement-breakpoint
COMMENT ON FUNCTION public.realtime_publish(text, text, text, jsonb) IS
  'Publishes to a channel when this transaction commits: select realtime_publish(''hearings'', ''hearing_update'', ''updated'', ''{"id": 123}'')';
--> statement-breakpoint
-- Rows as they leave, by a unique column of type `key_type`. Volatile, so that it sees what committed up to the moment of
-- the call and not only up to the beginning of the statement around it; `after` makes that statement do another thing
-- first.
CREATE FUNCTION public.realtime_rows(
  relation regclass, key_column text, key_type regtype, hidden text[], keys text[], after bigint
) RETURNS TABLE (key text, wire_row json)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT asked.key, row_to_json(wire) FROM unnest($1) AS asked(key)
     CROSS JOIN LATERAL (SELECT %s FROM %s found WHERE found.%I = asked.key::%s) wire',
    public.realtime_columns(relation, 'found', hidden, '{}'), relation, key_column, key_type
  ) USING keys;
END
$$;
--> statement-breakpoint
-- Fails a statement that lost the race for an idempotency key, as a conflict that is worth another try.
CREATE FUNCTION public.realtime_key_taken() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RAISE EXCEPTION 'the idempotency key was taken meanwhile' USING ERRCODE = 'serialization_failure';
END
$$;
--> statement-breakpoint
-- For triggers (see src/db/triggers.ts), which name in their one argument, JSON, what is published of a row and where to:
-- {type, channels: ["cases", "case:{id}"], hidden: [columns], texts: [columns]}. With the rights of its owner, since
-- whoever may write to the application's table need not know of ours.
CREATE FUNCTION public.realtime_publish_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  options json;
  wire text;
  before json;
  content json;
  stored json;
  event text;
  channel text;
  reference text;
BEGIN
  IF current_setting('tambuli.publishing', true) = 'off' THEN RETURN NULL; END IF;
  IF TG_OP = 'UPDATE' AND OLD *= NEW THEN RETURN NULL; END IF;
  options := TG_ARGV[0]::json;
  wire := format('SELECT row_to_json(wire) FROM (SELECT %s) wire', public.realtime_columns(TG_RELID, '($1)',
    ARRAY(SELECT json_array_elements_text(options->'hidden')), ARRAY(SELECT json_array_elements_text(options->'texts'))));
  IF TG_OP = 'DELETE' THEN
    EXECUTE wire INTO content USING OLD;
    stored := row_to_json(OLD);
    event := 'deleted';
  ELSE
    EXECUTE wire INTO content USING NEW;
    stored := row_to_json(NEW);
    event := 'created';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    EXECUTE wire INTO before USING OLD;
    -- Only what does not leave was changed.
    IF before::text = content::text THEN RETURN NULL; END IF;
    event := CASE WHEN before->>'status' IS DISTINCT FROM content->>'status' THEN 'status_changed' ELSE 'updated' END;
  END IF;
  IF octet_length(content::text) > 131072 THEN content := json_build_object('id', stored->'id'); END IF;
  FOR channel IN SELECT json_array_elements_text(options->'channels') LOOP
    reference := substring(channel FROM '\{(\w+)\}');
    IF reference IS NOT NULL THEN
      CONTINUE WHEN stored->>reference IS NULL;
      channel := replace(channel, '{' || reference || '}', public.realtime_encode_segment(stored->>reference));
    END IF;
    -- The application's own transaction never fails for a name that no channel can have.
    IF public.realtime_fault(channel, options->>'type', event, 0) IS NOT NULL THEN
      RAISE WARNING 'realtime: no channel can be called after %.%', TG_TABLE_NAME, reference;
    ELSE
      PERFORM public.realtime_enqueue(channel, options->>'type', event, content);
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;
