-- Prints docs/reference/settings.md, as the running server knows the settings of the extension.
WITH setting AS (
    SELECT name, vartype, unit, context, boot_val, min_val, max_val, enumvals, short_desc, extra_desc,
           CASE unit WHEN 'ms' THEN 1 WHEN 's' THEN 1000 WHEN 'min' THEN 60000 END AS ms
      FROM pg_settings
     WHERE name LIKE 'opsmon.%'
), shown AS (
    SELECT s.*, v.what,
           CASE
               WHEN v.value IS NULL THEN NULL
               WHEN v.value !~ '^-?[0-9]+$' OR s.unit IS NULL OR v.value::bigint <= 0 THEN v.value
               WHEN s.ms IS NULL AND v.value::bigint % 1024 = 0 AND s.unit = 'MB'
                   THEN v.value::bigint / 1024 || ' GB'
               WHEN s.ms IS NULL THEN v.value || ' ' || s.unit
               WHEN v.value::bigint * s.ms % 86400000 = 0 THEN v.value::bigint * s.ms / 86400000 || ' d'
               WHEN v.value::bigint * s.ms % 3600000 = 0 THEN v.value::bigint * s.ms / 3600000 || ' h'
               WHEN v.value::bigint * s.ms % 60000 = 0 THEN v.value::bigint * s.ms / 60000 || ' min'
               WHEN v.value::bigint * s.ms % 1000 = 0 THEN v.value::bigint * s.ms / 1000 || ' s'
               ELSE v.value || ' ' || s.unit
           END AS text
      FROM setting s,
           LATERAL (VALUES ('default', s.boot_val), ('min', s.min_val),
                           ('max', CASE s.max_val WHEN '2147483647' THEN NULL ELSE s.max_val END))
               AS v (what, value)
), line AS (
    SELECT name, context, unit, enumvals, vartype, short_desc, extra_desc,
           max(text) FILTER (WHERE what = 'default') AS default_text,
           max(text) FILTER (WHERE what = 'min') AS min_text,
           max(text) FILTER (WHERE what = 'max') AS max_text
      FROM shown
     GROUP BY name, context, unit, enumvals, vartype, short_desc, extra_desc
)
SELECT text FROM (
SELECT 0 AS part, '' AS name, E'# Settings of the extension\n\n'
       '<!-- Printed by docs/generate/settings.sql from a running server; change extension/src/postgres/gucs.cpp, and run '
       || E'`make docs`. -->\n\n'
       'They stand in `postgresql.conf`, or are set with `ALTER SYSTEM`. What takes effect when: `sighup` at a reload '
       || E'(`SELECT pg_reload_conf();`).\nA number without a unit is in the unit named here. What the guard makes of them: [the guard](../guard.md#settings).\n\n'
       '| setting | default | limits | takes effect | what it is |' || E'\n|---|---|---|---|---|' AS text
UNION ALL
SELECT 1, name, format('| `%s` | %s | %s | %s | %s |', name,
           '`' || default_text || '`',
           CASE WHEN vartype = 'enum' THEN array_to_string(enumvals, ', ')
                WHEN vartype = 'bool' THEN 'on, off'
                WHEN min_text IS NULL THEN ''
                WHEN max_text IS NULL THEN 'from ' || min_text || coalesce('; in ' || unit, '')
                ELSE min_text || ' to ' || max_text || coalesce('; in ' || unit, '') END,
           context, short_desc || coalesce(' ' || extra_desc, ''))
  FROM line
) page
 ORDER BY part, name
