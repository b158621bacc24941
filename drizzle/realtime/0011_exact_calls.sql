-- Every call of a function of ours passes exactly the types that it declares: where others may create functions in
-- `public`, one of the same name with nearer types would be called instead, with the rights of our owner.
--
-- Whether the name of a column, or of a member of a composite, json or hstore value, says that it holds a secret. The
-- name is split at case changes, digits and separators.
CREATE OR REPLACE FUNCTION public.realtime_is_secret(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT lower(name COLLATE "C") ~ '(pass|pw|pin|secret|otp|token|hash|salt|key|cred|cvv|cvc|code|jwt|bearer|cookie|authoriz|phrase|mnemonic|securit|magic|pem)' AND (
    words ~ (' (passwords?|passwds?|pwds?|pw|passcodes?|passphrases?|[mt]?pins?|secrets?|t?otps?|token|hash|hashes|salts?|creds|credentials?|cvv|cvc'
      || '|jwts?|bearer|(set )?cookies?|authorization|mnemonic|(seed|recovery) phrase|security answers?|magic links?'
      || '|(api|private|secret|access|encryption|enc|signing|auth|session|master|shared|consumer|service|service role|hmac|ssh) keys?|private pem'
      || '|(recovery|backup|security|verification|confirmation|activation|reset|login|sms|auth|mfa|fa|two factor|one time|unlock) codes?'
      || '|(id|fcm|apns) tokens|(user|login|db) pass) ')
    OR replace(words, ' ', '') ~ ('(password|passwd|passphrase|passcode|passhash|apikey|privatekey|secretkey|accesskey'
      || '|(access|refresh|auth|reset|session|bearer|api|csrf|device|push)token)')
  )
  FROM (
    SELECT ' ' || lower(regexp_replace(regexp_replace(regexp_replace(name COLLATE "C",
      '([A-Z]+)([A-Z][a-z])', '\1 \2', 'g'), '([a-z])([A-Z])', '\1 \2', 'g'), '[ -@[-`{-~]+', ' ', 'g')) || ' ' AS words
  ) split
$$;
--> statement-breakpoint
-- As realtime_prune_json, to the letter where there is nothing to leave out. A json value may hold what no text can,
-- \u0000 and halves of surrogate pairs: where something is left out, these become U+FFFD. What still cannot be judged
-- leaves as null.
CREATE OR REPLACE FUNCTION public.realtime_open_json(value json) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  source text := value::text;
BEGIN
  IF source !~* '"[^"]*(pass|pw|pin|secret|otp|token|hash|salt|key|cred|cvv|cvc|code|jwt|bearer|cookie|authoriz|phrase|mnemonic|securit|magic|pem|\\)[^"]*"\s*:' THEN RETURN value; END IF;
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
-- call a cast to json, which the owner of the type may have written. An hstore leaves as json. Arrays of what has to
-- be spelled so leave flat.
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
  converter text;
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
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND NOT public.realtime_is_secret(a.attname::text);
      -- Not `is not null`, which is false for a value of which one member is null.
      RETURN format('CASE WHEN %s IS DISTINCT FROM NULL THEN (SELECT row_to_json(members.*) FROM (SELECT %s) members) END', value, spelled);
    WHEN type_id < 16384 THEN
      RETURN value;
    ELSE
      -- Only a superuser makes a base type, or a function in C.
      SELECT format('%I.%I', n.nspname, p.proname) INTO converter FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE kind = 'b' AND p.proname = 'hstore_to_json' AND p.proargtypes::text = type_id::text AND p.prorettype = 'json'::regtype
          AND p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'c');
      IF converter IS NOT NULL THEN RETURN format('public.realtime_open_json(%s(%s))', converter, value); END IF;
      RETURN format('CASE WHEN %1$s IS NOT NULL THEN format(''%%s'', %1$s) END', value);
  END CASE;
END
$$;
--> statement-breakpoint
-- The columns of a table that leave, by its `shape`, {columns, hidden}: with `columns` these and no other, whatever they
-- are called; without it all but the `hidden` ones and those whose names say that they hold a secret. What is computed on
-- reading is left out: a trigger does not see it.
CREATE OR REPLACE FUNCTION public.realtime_open_columns(relation oid, shape json) RETURNS TABLE (place smallint, name text, type_id oid)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  chosen text[] := CASE WHEN json_typeof(shape->'columns') = 'array' THEN ARRAY(SELECT json_array_elements_text(shape->'columns')) END;
  hidden text[] := ARRAY(SELECT json_array_elements_text(coalesce(shape->'hidden', '[]')));
BEGIN
  RETURN QUERY SELECT a.attnum, a.attname::text, a.atttypid FROM pg_attribute a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v' AND a.attname <> ALL (hidden)
      AND CASE WHEN chosen IS NULL THEN NOT public.realtime_is_secret(a.attname::text) ELSE a.attname = ANY (chosen) END;
END
$$;
--> statement-breakpoint
-- For triggers (see src/db/triggers.ts), which say in their one argument what realtime_change is to publish. With the
-- rights of its owner, since whoever may write to the application's table need not know of ours; to attach it to a table
-- takes the right to execute it. It never fails the statement, and takes no lock that another transaction waits for. It
-- does not NOTIFY, which would: commits that notify wait for each other, and cannot be prepared.
CREATE OR REPLACE FUNCTION public.realtime_publish_statement() RETURNS trigger
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
    PERFORM public.realtime_note_fault(TG_RELID, TG_OP, options, NULL::bigint, NULL::bigint, SQLSTATE, SQLERRM);
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
    PERFORM public.realtime_note_fault(TG_RELID, TG_OP, options, 1::bigint, 1::bigint, SQLSTATE, SQLERRM);
  END;
  RETURN NULL;
END
$$;
