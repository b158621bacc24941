CREATE TABLE "realtime_mutes" (
	"user_id" text NOT NULL,
	"namespace" text NOT NULL,
	"kind" text NOT NULL,
	"muted_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "realtime_mutes_user_id_namespace_kind_pk" PRIMARY KEY("user_id","namespace","kind")
);
--> statement-breakpoint
-- The SQL that publishes the rows from $1 to $2 that a statement changed. `source` is where the rows are: it numbers them as "realtime n" and calls them as
-- `old_row` and `new_row` say. `options` is {read, shape, publish: [{events, type, channels, shape, member, beside,
-- event, mutes}]}. Each item publishes to its `channels`, where {column} stands for the row's own value, what its `shape` leaves
-- of the row; with `member` under that name, beside the columns that `beside` names and the event under the name `event`. With `mutes`, nothing goes
-- to a user who has muted the kind of the row, or everything.
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
  heard text;
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
    SELECT format('AND NOT EXISTS (SELECT FROM public.realtime_mutes mute WHERE mute.user_id = format(''%%s'', %s.%I) AND mute.namespace = %L AND mute.kind IN ('''', %s))',
        present, a.attname, item->'mutes'->>'namespace', coalesce((
          SELECT format('format(''%%s'', %s.%I)', present, k.attname) FROM pg_attribute k
          WHERE k.attrelid = relation AND k.attname = item->'mutes'->>'kind' AND NOT k.attisdropped), 'NULL'))
      INTO heard FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = item->'mutes'->>'user' AND NOT a.attisdropped;
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
        FROM json_array_elements_text(item->'events') AS events(name)) || ')' || coalesce(heard, ''));
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
