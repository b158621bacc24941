-- Closes what 0002 left open, see SECURITY.md: every function has a search_path of its own and is executed by who was
-- granted it, and none that runs with its owner's rights calls a function or a cast that somebody else may have made.
-- The settings that a function carries make its answer the same in every session.

-- Whether the name of a column, or of a member of a composite or json value, says that it holds a secret. The name is
-- split at case changes, digits and separators.
CREATE FUNCTION public.realtime_is_secret(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT lower(name COLLATE "C") ~ '(pass|pwd|pin|secret|otp|token|hash|salt|key|cred|cvv|cvc|code)' AND (
    words ~ (' (passwords?|passwds?|pwds?|passcodes?|passphrases?|pins?|secrets?|t?otps?|token|hash|hashes|salts?|credentials?|cvv|cvc'
      || '|(api|private|secret|access|encryption|signing) keys?|(recovery|backup|security|verification) codes?|(user|login|db) pass) ')
    OR replace(words, ' ', '') ~ ('(password|passwd|passphrase|passcode|apikey|privatekey|secretkey|accesskey'
      || '|(access|refresh|auth|reset|session|bearer|api|csrf|device|push)token)')
  )
  FROM (
    SELECT ' ' || lower(regexp_replace(regexp_replace(regexp_replace(name COLLATE "C",
      '([A-Z]+)([A-Z][a-z])', '\1 \2', 'g'), '([a-z])([A-Z])', '\1 \2', 'g'), '[ -@[-`{-~]+', ' ', 'g')) || ' ' AS words
  ) split
$$;
--> statement-breakpoint
-- A json value without the members whose names say that they hold a secret, at any depth.
CREATE FUNCTION public.realtime_prune_json(value json) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CASE json_typeof(value)
    WHEN 'object' THEN RETURN (
      SELECT ('{' || coalesce(string_agg(to_json(key)::text || ':' || public.realtime_prune_json(member.value), ',' ORDER BY place), '') || '}')::json
      FROM json_each(value) WITH ORDINALITY AS member(key, value, place) WHERE NOT public.realtime_is_secret(key));
    WHEN 'array' THEN RETURN (
      SELECT ('[' || coalesce(string_agg(public.realtime_prune_json(element.value)::text, ',' ORDER BY place), '') || ']')::json
      FROM json_array_elements(value) WITH ORDINALITY AS element(value, place));
    ELSE RETURN value;
  END CASE;
END
$$;
--> statement-breakpoint
-- As realtime_prune_json, to the letter where there is nothing to leave out. A json value may hold what no text can,
-- \u0000 and halves of surrogate pairs: where something is left out, these become U+FFFD. What still cannot be judged
-- leaves as null.
CREATE FUNCTION public.realtime_open_json(value json) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  source text := value::text;
BEGIN
  IF source !~* '"[^"]*(pass|pwd|pin|secret|otp|token|hash|salt|key|cred|cvv|cvc|code|\\)[^"]*"\s*:' THEN RETURN value; END IF;
  BEGIN
    source := regexp_replace(source,
      '(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F]))', '\1\\ufffd', 'g');
    source := regexp_replace(source,
      '(?<!\\u[dD][89abAB][0-9a-fA-F]{2})(?<!\\)((?:\\\\)*)\\u[dD][c-fC-F][0-9a-fA-F]{2}', '\1\\ufffd', 'g');
    RETURN public.realtime_prune_json(source::json);
  EXCEPTION WHEN OTHERS THEN
    RETURN 'null';
  END;
END
$$;
--> statement-breakpoint
-- The SQL that makes of `value`, an expression of the type `given`, what row_to_json is to spell: the same text for a
-- value whichever way it is published. Instants are ISO 8601 in UTC with three digits of a second; a timestamp without
-- time zone is meant in `zone`. A type that is not the server's own is spelled by its output function: row_to_json would
-- call a cast to json, which the owner of the type may have written. Arrays of what has to be spelled so leave flat.
CREATE FUNCTION public.realtime_spelling(value text, given oid, zone text) RETURNS text
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
      RETURN format('CASE WHEN %s IS DISTINCT FROM NULL THEN (SELECT row_to_json(members) FROM (SELECT %s) members) END', value, spelled);
    WHEN type_id < 16384 THEN
      RETURN value;
    ELSE
      RETURN format('CASE WHEN %1$s IS NOT NULL THEN format(''%%s'', %1$s) END', value);
  END CASE;
END
$$;
--> statement-breakpoint
-- The columns of a table that leave, by its `shape`, {columns, hidden}: with `columns` these and no other, whatever they
-- are called; without it all but the `hidden` ones and those whose names say that they hold a secret. What is computed on
-- reading is left out: a trigger does not see it.
CREATE FUNCTION public.realtime_open_columns(relation oid, shape json) RETURNS TABLE (place smallint, name text, type_id oid)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  chosen text[] := CASE WHEN json_typeof(shape->'columns') = 'array' THEN ARRAY(SELECT json_array_elements_text(shape->'columns')) END;
  hidden text[] := ARRAY(SELECT json_array_elements_text(coalesce(shape->'hidden', '[]')));
BEGIN
  RETURN QUERY SELECT a.attnum, a.attname::text, a.atttypid FROM pg_attribute a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v' AND a.attname <> ALL (hidden)
      AND CASE WHEN chosen IS NULL THEN NOT public.realtime_is_secret(a.attname) ELSE a.attname = ANY (chosen) END;
END
$$;
--> statement-breakpoint
-- The select list that makes what leaves of a row called `prefix`: its columns in their order, named in camelCase. Beside
-- what realtime_open_columns knows, `shape` has `texts`, columns that leave as texts, `names`, the names that some have
-- on the wire, `groups`, by name the columns that are members of one object, and `zone`.
CREATE FUNCTION public.realtime_columns(relation oid, prefix text, shape json) RETURNS text
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
    SELECT min(place), format('(SELECT row_to_json(members) FROM (SELECT %s) members) AS %I',
      string_agg("column", ', ' ORDER BY place), "group")
    FROM spelled WHERE "group" IS NOT NULL GROUP BY "group"
  )
  SELECT coalesce(string_agg("column", ', ' ORDER BY place), '') FROM listed);
END
$$;
--> statement-breakpoint
-- A row of a table as it leaves.
DROP FUNCTION public.realtime_wire_row(anyelement, text[], text[]);
--> statement-breakpoint
CREATE FUNCTION public.realtime_wire_row(
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
  EXECUTE format('SELECT row_to_json(wire) FROM (SELECT %s) wire', public.realtime_columns(relation, '($1)', shape))
    INTO wire USING source;
  RETURN wire;
END
$$;
--> statement-breakpoint
-- Rows as they leave, by a unique column of type `key_type`. Volatile, so that it sees what committed up to the moment of
-- the call and not only up to the beginning of the statement around it; `after` makes that statement do another thing
-- first.
CREATE FUNCTION public.realtime_rows(
  relation regclass, key_column text, key_type regtype, shape json, keys text[], after bigint
) RETURNS TABLE (key text, wire_row json)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
  SET datestyle = 'ISO' SET timezone = 'UTC' SET intervalstyle = 'iso_8601' SET bytea_output = 'hex' SET extra_float_digits = 1
  SET array_nulls = on SET lc_monetary = 'C' AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT asked.key, row_to_json(wire) FROM unnest($1) AS asked(key)
     CROSS JOIN LATERAL (SELECT %s FROM %s found WHERE found.%I = asked.key::%s) wire',
    public.realtime_columns(relation, 'found', shape), relation, key_column, key_type
  ) USING keys;
END
$$;
--> statement-breakpoint
-- As servers of the version before call it, which run beside this one during a deploy.
CREATE OR REPLACE FUNCTION public.realtime_rows(
  relation regclass, key_column text, key_type regtype, hidden text[], keys text[], after bigint
) RETURNS TABLE (key text, wire_row json)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM public.realtime_rows(relation, key_column, key_type, json_build_object('hidden', hidden), keys, after)
$$;
--> statement-breakpoint
DROP FUNCTION public.realtime_columns(oid, text, text[], text[]);
--> statement-breakpoint
-- The SQL that makes the name of a channel after a row called `prefix`: {column} stands for the value of the row, as one
-- segment. Null where the row has no such value.
CREATE FUNCTION public.realtime_channel(template text, relation oid, prefix text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN (SELECT string_agg(CASE
      WHEN part NOT LIKE '{%}' THEN quote_literal(part)
      WHEN a.attname IS NULL THEN 'NULL'
      ELSE format('CASE WHEN format(''%%s'', %1$s.%2$I) ~ ''^[A-Za-z0-9_.~-]+$'' THEN format(''%%s'', %1$s.%2$I)
        WHEN %1$s.%2$I IS NOT NULL THEN public.realtime_encode_segment(format(''%%s'', %1$s.%2$I)) END', prefix, a.attname)
    END, ' || ' ORDER BY n)
  FROM regexp_split_to_table(template, '(?={)|(?<=})') WITH ORDINALITY AS parts(part, n)
  LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = btrim(part, '{}') AND part LIKE '{%}' AND NOT a.attisdropped);
END
$$;
--> statement-breakpoint
-- The SQL that publishes the rows from $1 to $2 that a statement changed. `source` is where the rows are: it numbers them as "realtime n" and calls them as
-- `old_row` and `new_row` say. `options` is {read, shape, publish: [{events, type, channels, shape, member, beside,
-- event}]}. Each item publishes to its `channels`, where {column} stands for the row's own value, what its `shape` leaves
-- of the row; with `member` under that name, beside the columns that `beside` names and the event under the name `event`.
CREATE FUNCTION public.realtime_change(
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
      CROSS JOIN LATERAL (SELECT (SELECT row_to_json(wire) FROM (SELECT %s) wire) AS before,
        (SELECT row_to_json(wire) FROM (SELECT %s) wire) AS after OFFSET 0) compared',
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
    content := format('(SELECT row_to_json(wire) FROM (SELECT %s) wire)', public.realtime_columns(relation, present, shape));
    reduced := format('(SELECT row_to_json(wire) FROM (SELECT %s) wire)', public.realtime_columns(relation, present,
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
--> statement-breakpoint
-- Puts aside what could not be published, and fails nothing.
CREATE FUNCTION public.realtime_note_fault(relation oid, operation text, options json, first bigint, last bigint, state text, message text)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.realtime_dead_letters (id, channel, type, event_type, data, is_reported, reason)
  SELECT nextval('public.realtime_outbox_id_seq'), coalesce(options->'publish'->0->'channels'->>0, ''), coalesce(options->'publish'->0->>'type', ''), NULL,
    json_build_object('table', relation::regclass::text, 'operation', operation, 'rows', json_build_array(first, last)), false,
    -- The messages of other classes may hold values of the row.
    'a change could not be published: ' || CASE WHEN state ~ '^(0A|25|3D|3F|40|42|53|54|55|57|58|XX)' THEN message ELSE 'SQLSTATE ' || state END;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'realtime: a change of % is published nowhere and noted nowhere: SQLSTATE %, SQLSTATE %', relation::regclass, state, SQLSTATE;
END
$$;
--> statement-breakpoint
-- For triggers (see src/db/triggers.ts), which say in their one argument what realtime_change is to publish. With the
-- rights of its owner, since whoever may write to the application's table need not know of ours; to attach it to a table
-- takes the right to execute it. It never fails the statement, and takes no lock that another transaction waits for. It
-- does not NOTIFY, which would: commits that notify wait for each other, and cannot be prepared.
CREATE FUNCTION public.realtime_publish_statement() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
  SET datestyle = 'ISO' SET timezone = 'UTC' SET intervalstyle = 'iso_8601' SET bytea_output = 'hex' SET extra_float_digits = 1
  SET array_nulls = on SET lc_monetary = 'C' SET lock_timeout = '1s' SET jit = off AS $$
DECLARE
  options json;
  statement text;
  firsts bigint[] := ARRAY[1];
  lasts bigint[];
  first bigint;
  last bigint;
  faults integer := 0;
BEGIN
  IF current_setting('tambuli.publishing', true) = 'off' THEN RETURN NULL; END IF;
  BEGIN
    options := TG_ARGV[0];
    IF TG_OP = 'TRUNCATE' THEN
      INSERT INTO public.realtime_outbox (channel, type, event_type, data)
      SELECT channel, item->>'type', 'truncated', '{}' FROM json_array_elements(options->'publish') item, json_array_elements_text(item->'channels') channel
      WHERE strpos(channel, '{') = 0 AND 'truncated' IN (SELECT json_array_elements_text(item->'events'));
      RETURN NULL;
    ELSIF TG_OP = 'DELETE' THEN
      SELECT ARRAY[count(*)] INTO lasts FROM old_rows;
    ELSE
      SELECT ARRAY[count(*)] INTO lasts FROM new_rows;
    END IF;
    IF lasts[1] = 0 THEN RETURN NULL; END IF;
    -- Both tables hold the rows of an update in the order in which they were changed.
    statement := public.realtime_change(TG_RELID, TG_OP, options, CASE TG_OP
        WHEN 'INSERT' THEN '(SELECT row_number() OVER () AS "realtime n", * FROM new_rows) new_row'
        WHEN 'DELETE' THEN '(SELECT row_number() OVER () AS "realtime n", * FROM old_rows) old_row'
        ELSE '(SELECT row_number() OVER () AS "realtime n", * FROM new_rows) new_row
          LEFT JOIN (SELECT row_number() OVER () AS "realtime m", * FROM old_rows) old_row ON "realtime m" = "realtime n"'
      END, 'old_row', 'new_row');
  EXCEPTION WHEN OTHERS THEN
    PERFORM public.realtime_note_fault(TG_RELID, TG_OP, options, NULL, NULL, SQLSTATE, SQLERRM);
    RETURN NULL;
  END;
  -- All at once; where a row's values are in the way, halves of it, down to that row.
  WHILE cardinality(firsts) > 0 LOOP
    first := firsts[1];
    last := lasts[1];
    firsts := firsts[2:];
    lasts := lasts[2:];
    BEGIN
      EXECUTE statement USING first, last;
    EXCEPTION WHEN OTHERS THEN
      IF first = last OR faults >= 20 OR SQLSTATE !~ '^(22|54|53200|XX000)' THEN
        PERFORM public.realtime_note_fault(TG_RELID, TG_OP, options, first, last, SQLSTATE, SQLERRM);
        faults := faults + 1;
      ELSE
        firsts := ARRAY[first, (first + last) / 2 + 1] || firsts;
        lasts := ARRAY[(first + last) / 2, last] || lasts;
      END IF;
    END;
  END LOOP;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- What triggers of the version before call, for each row, until `bun run db:triggers install` has replaced them. It
-- publishes only from tables whose owner may publish, or is who made these functions: others may have attached it while
-- it was open to everybody.
CREATE OR REPLACE FUNCTION public.realtime_publish_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
  SET datestyle = 'ISO' SET timezone = 'UTC' SET intervalstyle = 'iso_8601' SET bytea_output = 'hex' SET extra_float_digits = 1
  SET array_nulls = on SET lc_monetary = 'C' SET lock_timeout = '1s' SET jit = off AS $$
DECLARE
  options json;
  owner oid := (SELECT relowner FROM pg_class WHERE oid = TG_RELID);
BEGIN
  IF current_setting('tambuli.publishing', true) = 'off' THEN RETURN NULL; END IF;
  IF NOT (pg_has_role(owner, current_user, 'USAGE') OR has_table_privilege(owner, 'public.realtime_outbox', 'INSERT')) THEN RETURN NULL; END IF;
  BEGIN
    options := json_build_object('shape', TG_ARGV[0]::json, 'publish', json_build_array(json_build_object(
      'events', ARRAY['created', 'updated', 'status_changed', 'deleted'],
      'type', TG_ARGV[0]::json->>'type', 'channels', TG_ARGV[0]::json->'channels')));
    IF TG_OP = 'INSERT' THEN
      EXECUTE public.realtime_change(TG_RELID, TG_OP, options, '(SELECT 1 AS "realtime n") one', '($3)', '($3)')
        USING 1, 1, NEW;
    ELSIF TG_OP = 'DELETE' THEN
      EXECUTE public.realtime_change(TG_RELID, TG_OP, options, '(SELECT 1 AS "realtime n") one', '($3)', '($3)')
        USING 1, 1, OLD;
    ELSE
      EXECUTE public.realtime_change(TG_RELID, TG_OP, options, '(SELECT 1 AS "realtime n") one', '($3)', '($4)')
        USING 1, 1, OLD, NEW;
    END IF;
  EXCEPTION WHEN OTHERS THEN
    PERFORM public.realtime_note_fault(TG_RELID, TG_OP, options, 1, 1, SQLSTATE, SQLERRM);
  END;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- Publishes when the transaction commits, and not when it is rolled back. Takes no lock that another transaction waits
-- for, and does not NOTIFY (see realtime_publish_statement). With the rights of its owner: to publish takes the right to
-- execute it, see realtime_allow_publishing.
CREATE OR REPLACE FUNCTION public.realtime_enqueue(channel text, type text, event_type text, data json) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  content json := coalesce(data, 'null'::json);
  fault text := public.realtime_fault(channel, type, event_type, octet_length(content::text));
BEGIN
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION 'realtime_publish: %', fault USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO public.realtime_outbox (channel, type, event_type, data) VALUES (channel, type, event_type, content);
END
$$;
--> statement-breakpoint
ALTER FUNCTION public.realtime_publish(text, text, text, jsonb) SECURITY DEFINER;
--> statement-breakpoint
-- Lets a role publish from its own transactions: select realtime_allow_publishing('app').
CREATE FUNCTION public.realtime_allow_publishing(publisher name) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', publisher);
  EXECUTE format('GRANT EXECUTE ON FUNCTION public.realtime_publish(text, text, text, jsonb),
    public.realtime_enqueue(text, text, text, json), public.realtime_wire_row(anyelement, text[], text[], text[], text),
    public.realtime_columns(oid, text, json), public.realtime_open_columns(oid, json), public.realtime_spelling(text, oid, text),
    public.realtime_is_secret(text), public.realtime_open_json(json), public.realtime_prune_json(json),
    public.realtime_camel_case(text) TO %I', publisher);
END
$$;
--> statement-breakpoint
ALTER FUNCTION public.realtime_camel_case(text) SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on;
--> statement-breakpoint
ALTER FUNCTION public.realtime_encode_segment(text) SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on;
--> statement-breakpoint
ALTER FUNCTION public.realtime_fault(text, text, text, integer) SET search_path = pg_catalog, pg_temp;
--> statement-breakpoint
ALTER FUNCTION public.realtime_key_taken() SET search_path = pg_catalog, pg_temp;
--> statement-breakpoint
ALTER FUNCTION public.realtime_publish(text, text, text, jsonb) SET search_path = pg_catalog, pg_temp;
--> statement-breakpoint
REVOKE ALL ON FUNCTION
  public.realtime_allow_publishing(name),
  public.realtime_camel_case(text),
  public.realtime_change(oid, text, json, text, text, text),
  public.realtime_channel(text, oid, text),
  public.realtime_columns(oid, text, json),
  public.realtime_encode_segment(text),
  public.realtime_enqueue(text, text, text, json),
  public.realtime_fault(text, text, text, integer),
  public.realtime_is_secret(text),
  public.realtime_key_taken(),
  public.realtime_note_fault(oid, text, json, bigint, bigint, text, text),
  public.realtime_open_columns(oid, json),
  public.realtime_open_json(json),
  public.realtime_prune_json(json),
  public.realtime_publish(text, text, text, jsonb),
  public.realtime_publish_change(),
  public.realtime_publish_statement(),
  public.realtime_rows(regclass, text, regtype, json, text[], bigint),
  public.realtime_rows(regclass, text, regtype, text[], text[], bigint),
  public.realtime_spelling(text, oid, text),
  public.realtime_wire_row(anyelement, text[], text[], text[], text)
FROM PUBLIC;
--> statement-breakpoint
-- Who was granted the tables goes on as before: publishers by the outbox, servers that do not own it by the log.
DO $$
DECLARE
  granted record;
BEGIN
  FOR granted IN
    SELECT DISTINCT c.relname, r.rolname FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE c.oid IN ('public.realtime_outbox'::regclass, 'public.realtime_publications'::regclass)
      AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
  LOOP
    PERFORM public.realtime_allow_publishing(granted.rolname);
    IF granted.relname = 'realtime_publications' THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION public.realtime_encode_segment(text), public.realtime_fault(text, text, text, integer),
        public.realtime_key_taken(), public.realtime_rows(regclass, text, regtype, json, text[], bigint),
        public.realtime_rows(regclass, text, regtype, text[], text[], bigint) TO %I', granted.rolname);
    END IF;
  END LOOP;
  FOR granted IN
    SELECT t.tgrelid::regclass AS relation FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
    WHERE t.tgfoid = 'public.realtime_publish_change()'::regprocedure
      AND NOT (pg_has_role(c.relowner, current_user, 'USAGE') OR has_table_privilege(c.relowner, 'public.realtime_outbox', 'INSERT'))
  LOOP
    RAISE WARNING 'changes of % are published no more: its owner may not publish. If it is yours, run bun run db:triggers install', granted.relation;
  END LOOP;
END
$$;
