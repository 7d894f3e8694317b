-- Prints docs/reference/sql.md: what the catalog says of the extension's objects, with their comments and of who
-- may use them. Partitions of the history, which come and go with the days, are left out.
WITH member AS (
    SELECT d.classid, d.objid
      FROM pg_depend d
     WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
       AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'opsmon')
), relation AS (
    SELECT c.oid, c.relname, c.relkind, c.relacl, c.relowner,
           CASE WHEN c.relkind = 'v' THEN 'Views' ELSE 'Tables' END AS chapter
      FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
     WHERE c.relkind IN ('v', 'r', 'p') AND NOT c.relispartition
), relation_text AS (
    SELECT r.chapter, r.relname,
           format(E'### opsmon.%s\n\n%s.%s\n\n| column | type | what it is |\n|---|---|---|\n%s\n', r.relname,
               rtrim(obj_description(r.oid, 'pg_class'), '.'),
               coalesce(' May be used by: ' || (
                   SELECT string_agg(who || ' (' || what || ')', ', ' ORDER BY who) FROM (
                       SELECT CASE a.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(a.grantee)::text END AS who,
                              string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS what
                         FROM aclexplode(r.relacl) a
                        WHERE a.grantee <> r.relowner
                        GROUP BY 1) given) || '.', ''),
               (SELECT string_agg(format('| `%s` | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod),
                           replace(coalesce(col_description(r.oid, a.attnum), ''), '|', '\|')), E'\n' ORDER BY a.attnum)
                  FROM pg_attribute a
                 WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)) AS text
      FROM relation r
), routine AS (
    SELECT p.oid, p.proname, p.proacl, p.proowner,
           has_function_privilege('pg_monitor', p.oid, 'EXECUTE') AS may_read,
           regexp_replace(coalesce(pg_get_function_arguments(p.oid), ''), '(, )?(OUT|TABLE) .*$', '') AS arguments
      FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
), routine_text AS (
    SELECT CASE WHEN may_read THEN 'Functions that read' ELSE 'Functions that act' END AS chapter, proname, oid,
           format('| `opsmon.%s(%s)` | %s |', proname, replace(arguments, '|', '\|'),
               replace(rtrim(obj_description(oid, 'pg_proc'), '.'), '|', '\|')) AS text
      FROM routine
), page (part, name, text) AS (
    VALUES (0, '', E'# SQL objects of the extension\n\n'
        '<!-- Printed by docs/generate/objects.sql from the catalog; change the COMMENTs in extension/sql/, and run `make docs`. -->'
        || E'\n\nAll of them are in the schema `opsmon`. Superusers may use everything; who else may is said of each. '
        || E'With examples: [In SQL](../sql.md).\n'),
        (1, '', E'## Views\n'), (3, '', E'## Tables\n'),
        (5, '', E'## Functions that read\n\nMembers of `pg_monitor` may call them; many are what the views are made of.\n\n'
            || E'| function | what it does |\n|---|---|'),
        (7, '', E'\n## Functions that act\n\nSuperusers call them, and whom they grant it. `record_…`, `note_…`, `learn_…` and their like are what opsmon''s own workers and the sidecar call.\n\n'
            || E'| function | what it does |\n|---|---|')
    UNION ALL SELECT CASE chapter WHEN 'Views' THEN 2 ELSE 4 END, relname, text FROM relation_text
    UNION ALL SELECT CASE chapter WHEN 'Functions that read' THEN 6 ELSE 8 END, proname || oid::regprocedure::text, text
      FROM routine_text
)
SELECT text FROM page ORDER BY part, name COLLATE "C"
