-- A column may be called as the alias of its own row: `alias.*` is the row whatever its columns are called.
--
-- The SQL that makes of `value`, an expression of the type `given`, what row_to_json is to spell: the same text for a
-- value whichever way it is published. Instants are ISO 8601 in UTC with three digits of a second; a timestamp without
-- time zone is meant in `zone`. A type that is not the server's own is spelled by its output function: row_to_json would
-- call a cast to json, which the owner of the type may have written. Arrays of what has to be spelled so leave flat.
CREATE OR REPLACE FUNCTION public.realtime_spelling(value text, given oid, zone text) RETURNS text
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET standard_conforming_strings = on AS $$
DECLARE
  type_id oid := given;
  kind "char";
  category "char";
  element oid;
  relation oid;
  base oid;
  spelled text;
BEGIN
  LOOP
    SELECT t.typtype, t.typcategory, t.typelem, t.typrelid, t.typbasetype INTO kind, category, element, relation, base
      FROM pg_type t WHERE t.oid = type_id;
    EXIT WHEN kind <> 'd';
    type_id := base;
  END LOOP;
  CASE
    WHEN type_id IN ('json'::regtype, 'jsonb'::regtype) THEN
      RETURN format('public.realtime_open_json(%s::json)', value);
    WHEN type_id = 'timestamptz'::regtype THEN
      RETURN format('CASE WHEN %1$s >= ''0001-01-01Z'' AND %1$s < ''9999-12-31Z''
        THEN to_char(%1$s AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'') WHEN %1$s IS NOT NULL THEN format(''%%s'', %1$s) END', value);
    WHEN type_id = 'timestamp'::regtype THEN
      RETURN format('CASE WHEN %1$s >= ''0001-01-02'' AND %1$s < ''9999-12-31''
        THEN to_char(%1$s AT TIME ZONE %2$L AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'') WHEN %1$s IS NOT NULL THEN format(''%%s'', %1$s) END', value, zone);
    WHEN category = 'A' AND element <> 0 THEN
      spelled := public.realtime_spelling('each.element', element, zone);
      IF spelled = 'each.element' THEN RETURN value; END IF;
      RETURN format('CASE WHEN %1$s IS NOT NULL THEN coalesce((SELECT json_agg(%2$s)
        FROM (SELECT unnest(%1$s) AS element) each), ''[]'') END', value, spelled);
    WHEN kind = 'c' THEN
      SELECT string_agg(format('%s AS %I', public.realtime_spelling(format('(%s).%I', value, a.attname), a.atttypid, zone), a.attname), ', ' ORDER BY a.attnum)
        INTO spelled FROM pg_attribute a
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND NOT public.realtime_is_secret(a.attname);
      -- Not `is not null`, which is false for a value of which one member is null.
      RETURN format('CASE WHEN %s IS DISTINCT FROM NULL THEN (SELECT row_to_json(members.*) FROM (SELECT %s) members) END', value, spelled);
    WHEN type_id < 16384 THEN
      RETURN value;
    ELSE
      RETURN format('CASE WHEN %1$s IS NOT NULL THEN format(''%%s'', %1$s) END', value);
  END CASE;
END
$$;
--> statement-breakpoint
-- The select list that makes what leaves of a row called `prefix`: its columns in their order, named in camelCase. Beside
-- what realtime_open_columns knows, `shape` has `texts`, columns that leave as texts, `names`, the names that some have
-- on the wire, `groups`, by name the columns that are members of one object, and `zone`.
CREATE OR REPLACE FUNCTION public.realtime_columns(relation oid, prefix text, shape json) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  texts text[] := ARRAY(SELECT json_array_elements_text(coalesce(shape->'texts', '[]')));
  zone text := coalesce(shape->>'zone', 'UTC');
BEGIN
  RETURN (WITH spelled AS (
    SELECT c.place, groups.name AS "group", format('%s AS %I',
      CASE WHEN c.name = ANY (texts)
        THEN format('CASE WHEN %1$s.%2$I IS NOT NULL THEN format(''%%s'', %1$s.%2$I) END', prefix, c.name)
        ELSE public.realtime_spelling(format('%s.%I', prefix, c.name), c.type_id, zone) END,
      coalesce(shape->'names'->>c.name, public.realtime_camel_case(c.name))) AS "column"
    FROM public.realtime_open_columns(relation, shape) c
    LEFT JOIN json_each(coalesce(shape->'groups', '{}')) AS groups(name, members)
      ON c.name = ANY (ARRAY(SELECT json_array_elements_text(members)))
  ), listed AS (
    SELECT spelled.place, spelled."column" FROM spelled WHERE "group" IS NULL
    UNION ALL
    SELECT min(place), format('(SELECT row_to_json(members.*) FROM (SELECT %s) members) AS %I',
      string_agg("column", ', ' ORDER BY place), "group")
    FROM spelled WHERE "group" IS NOT NULL GROUP BY "group"
  )
  SELECT coalesce(string_agg("column", ', ' ORDER BY place), '') FROM listed);
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.realtime_wire_row(
  source anyelement, hidden text[] DEFAULT '{}', texts text[] DEFAULT '{}', columns text[] DEFAULT NULL, zone text DEFAULT 'UTC'
) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET standard_conforming_strings = on
  SET datestyle = 'ISO' SET timezone = 'UTC' SET intervalstyle = 'iso_8601' SET bytea_output = 'hex' SET extra_float_digits = 1
  SET array_nulls = on SET lc_monetary = 'C' AS $$
DECLARE
  relation oid := (SELECT typrelid FROM pg_type WHERE oid = pg_typeof(source));
  shape json := json_strip_nulls(json_build_object('hidden', hidden, 'texts', texts, 'columns', columns, 'zone', zone));
  wire json;
BEGIN
  EXECUTE format('SELECT row_to_json(wire.*) FROM (SELECT %s) wire', public.realtime_columns(relation, '($1)', shape))
    INTO wire USING source;
  RETURN wire;
END
$$;
--> statement-breakpoint
-- Rows as they leave, by a unique column of type `key_type`. Volatile, so that it sees what committed up to the moment of
-- the call and not only up to the beginning of the statement around it; `after` makes that statement do another thing
-- first.
CREATE OR REPLACE FUNCTION public.realtime_rows(
  relation regclass, key_column text, key_type regtype, shape json, keys text[], after bigint
) RETURNS TABLE (key text, wire_row json)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
  SET datestyle = 'ISO' SET timezone = 'UTC' SET intervalstyle = 'iso_8601' SET bytea_output = 'hex' SET extra_float_digits = 1
  SET array_nulls = on SET lc_monetary = 'C' AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT asked.key, row_to_json(wire.*) FROM unnest($1) AS asked(key)
     CROSS JOIN LATERAL (SELECT %s FROM %s found WHERE found.%I = asked.key::%s) wire',
    public.realtime_columns(relation, 'found', shape), relation, key_column, key_type
  ) USING keys;
END
$$;
--> statement-breakpoint
-- The SQL that publishes the rows from $1 to $2 that a statement changed. `source` is where the rows are: it numbers them as "realtime n" and calls them as
-- `old_row` and `new_row` say. `options` is {read, shape, publish: [{events, type, channels, shape, member, beside,
-- event}]}. Each item publishes to its `channels`, where {column} stands for the row's own value, what its `shape` leaves
-- of the row; with `member` under that name, beside the columns that `beside` names and the event under the name `event`.
CREATE OR REPLACE FUNCTION public.realtime_change(
  relation oid, operation text, options json, source text, old_row text, new_row text
) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET standard_conforming_strings = on AS $$
DECLARE
  present text := CASE operation WHEN 'DELETE' THEN old_row ELSE new_row END;
  event text := CASE operation WHEN 'INSERT' THEN '''created''' ELSE '''deleted''' END;
  compared text := '';
  changed text := '';
  identity json;
  selects text[] := '{}';
  item json;
  shape json;
  content text;
  reduced text;
  around text;
BEGIN
  IF operation = 'UPDATE' THEN
    compared := format('
      CROSS JOIN LATERAL (SELECT (SELECT row_to_json(wire.*) FROM (SELECT %s) wire) AS before,
        (SELECT row_to_json(wire.*) FROM (SELECT %s) wire) AS after OFFSET 0) compared',
      public.realtime_columns(relation, old_row, options->'shape'), public.realtime_columns(relation, new_row, options->'shape'));
    -- Nothing is published where only what does not leave was changed.
    changed := 'AND compared.before::text IS DISTINCT FROM compared.after::text';
    event := format('CASE %s %s ELSE ''updated'' END', (
      SELECT format(CASE a.atttypid WHEN 'boolean'::regtype THEN 'WHEN %1$s.%3$I IS NOT TRUE AND %2$s.%3$I IS TRUE THEN ''read'''
        ELSE 'WHEN %1$s.%3$I IS NULL AND %2$s.%3$I IS NOT NULL THEN ''read''' END, old_row, new_row, a.attname)
      FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = options->>'read' AND NOT a.attisdropped
    ), CASE WHEN EXISTS (SELECT FROM public.realtime_open_columns(relation, options->'shape') c WHERE c.name = 'status')
      THEN format('WHEN format(''%%s'', %s.status) <> format(''%%s'', %s.status) THEN ''status_changed''', old_row, new_row)
      ELSE 'WHEN false THEN NULL' END);
  END IF;
  -- The columns that say which row it was.
  SELECT json_agg(c.name) INTO identity FROM public.realtime_open_columns(relation, options->'shape') c
    LEFT JOIN pg_index i ON i.indrelid = relation AND i.indisprimary
    WHERE CASE WHEN i.indrelid IS NULL THEN c.name = 'id' ELSE c.place = ANY (i.indkey) END;
  FOR item IN SELECT json_array_elements(options->'publish') LOOP
    shape := coalesce(item->'shape', options->'shape');
    content := format('(SELECT row_to_json(wire.*) FROM (SELECT %s) wire)', public.realtime_columns(relation, present, shape));
    reduced := format('(SELECT row_to_json(wire.*) FROM (SELECT %s) wire)', public.realtime_columns(relation, present,
      json_strip_nulls(json_build_object('columns', coalesce(identity, '[]'), 'names', shape->'names', 'texts', shape->'texts', 'zone', shape->'zone'))));
    IF operation = 'UPDATE' AND item->'shape' IS NULL THEN content := 'compared.after'; END IF;
    IF item->>'member' IS NOT NULL THEN
      SELECT coalesce(string_agg(format('%L, %s, ', beside.name,
          public.realtime_spelling(format('%s.%I', present, a.attname), a.atttypid, coalesce(shape->>'zone', 'UTC'))), ''), '')
        INTO around FROM json_each_text(coalesce(item->'beside', '{}')) AS beside(name, column_name)
        JOIN pg_attribute a ON a.attrelid = relation AND a.attname = beside.column_name AND NOT a.attisdropped;
      IF item->>'event' IS NOT NULL THEN around := around || format('%L, event.name, ', item->>'event'); END IF;
      around := around || format('%L, ', item->>'member');
      content := format('json_build_object(%s%s)', around, content);
      reduced := format('json_build_object(%s%s)', around, reduced);
    END IF;
    selects := selects || format('
      SELECT "realtime n" AS n, %s AS item, target.place, target.channel, %L AS type, event.name AS event,
        CASE WHEN octet_length(content.data::text) > 131072 THEN %s ELSE content.data END AS data
      FROM %s
      CROSS JOIN LATERAL (SELECT %s AS name OFFSET 0) event %s
      CROSS JOIN LATERAL (SELECT %s AS data OFFSET 0) content
      CROSS JOIN LATERAL (VALUES %s) AS target(place, channel)
      WHERE "realtime n" BETWEEN $1 AND $2 AND target.channel IS NOT NULL %s %s',
      cardinality(selects), item->>'type', reduced, source, event, compared, content,
      (SELECT string_agg(format('(%s, %s)', place, public.realtime_channel(channel, relation, present)), ', ')
        FROM json_array_elements_text(item->'channels') WITH ORDINALITY AS channels(channel, place)),
      changed, 'AND event.name IN (' || (SELECT string_agg(quote_literal(name), ', ')
        FROM json_array_elements_text(item->'events') AS events(name)) || ')');
  END LOOP;
  RETURN format('
    WITH published AS MATERIALIZED (
      -- The usual names are not asked about: a call costs more than the row.
      SELECT *, CASE WHEN channel ~ ''^[a-z_]{1,60}(:[A-Za-z0-9_.-]{1,60})?$'' THEN NULL
        ELSE public.realtime_fault(channel, type, event, 0) END AS fault
      FROM (%s) selected
    ), refused AS (
      INSERT INTO public.realtime_dead_letters (id, channel, type, event_type, data, reason, is_reported)
      SELECT nextval(''public.realtime_outbox_id_seq''), channel, type, event, data, fault, false FROM published WHERE fault IS NOT NULL
    )
    INSERT INTO public.realtime_outbox (channel, type, event_type, data)
    SELECT channel, type, event, data FROM published WHERE fault IS NULL ORDER BY n, item, place', array_to_string(selects, ' UNION ALL '));
END
$$;
