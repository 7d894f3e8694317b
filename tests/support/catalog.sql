-- Everything the catalog knows of the extension, one line each, without numbers that differ from
-- database to database: two databases whose lines are the same have the same opsmon.
SET search_path = pg_catalog;

CREATE FUNCTION pg_temp.sorted(acl aclitem[]) RETURNS text LANGUAGE sql
    AS $$ SELECT coalesce(string_agg(a::text, ' ' ORDER BY a::text), 'as made') FROM unnest(acl) a $$;

CREATE TEMP VIEW relation AS
SELECT c.* FROM pg_class c WHERE c.relnamespace = 'opsmon'::regnamespace;

-- What belongs to it: its members, and what belongs to those.
CREATE TEMP VIEW object AS
SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
 WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'opsmon'
UNION SELECT 'pg_extension'::regclass, oid FROM pg_extension WHERE extname = 'opsmon'
UNION SELECT 'pg_class'::regclass, oid FROM relation
UNION SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = 'opsmon'::regnamespace
UNION SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'opsmon'::regnamespace
UNION SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM relation)
UNION SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM relation)
UNION SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM relation)
UNION SELECT 'pg_constraint'::regclass, oid FROM pg_constraint
       WHERE connamespace = 'opsmon'::regnamespace
UNION SELECT 'pg_policy'::regclass, oid FROM pg_policy WHERE polrelid IN (SELECT oid FROM relation)
UNION SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext
       WHERE stxnamespace = 'opsmon'::regnamespace;

CREATE TEMP VIEW catalog (line) AS
SELECT concat_ws(' ', 'extension', e.extversion, e.extowner::regrole, e.extnamespace::regnamespace,
                 e.extrelocatable) FROM pg_extension e WHERE e.extname = 'opsmon'
UNION ALL
SELECT concat_ws(' ', 'dumped', c.relation::regclass, c.condition)
  FROM pg_extension e, unnest(e.extconfig, e.extcondition) c (relation, condition)
 WHERE e.extname = 'opsmon'
UNION ALL
SELECT concat_ws(' ', 'schema', nspname, nspowner::regrole, pg_temp.sorted(nspacl))
  FROM pg_namespace WHERE nspname = 'opsmon'
UNION ALL
SELECT concat_ws(' ', 'function', p.oid::regprocedure, p.proowner::regrole,
                 pg_temp.sorted(p.proacl), pg_get_functiondef(p.oid))
  FROM pg_proc p WHERE p.pronamespace = 'opsmon'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'relation', c.oid::regclass, c.relkind, c.relpersistence, c.relowner::regrole,
                 a.amname, c.reltablespace, c.reloptions::text, c.relrowsecurity,
                 c.relforcerowsecurity, c.relreplident, pg_get_expr(c.relpartbound, c.oid),
                 CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid)
                                WHEN 'v' THEN pg_get_viewdef(c.oid) END,
                 pg_temp.sorted(c.relacl))
  FROM relation c LEFT JOIN pg_am a ON a.oid = c.relam
UNION ALL
SELECT concat_ws(' ', 'column', c.oid::regclass,
                 row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname,
                 format_type(a.atttypid, a.atttypmod), a.attndims, a.attnotnull, a.attidentity,
                 a.attgenerated, a.attstorage, a.attcompression, nullif(a.attcollation, 0)::regcollation,
                 a.attstattarget,
                 -- Not what the server counts there for itself.
                 (SELECT string_agg(o, ' ') FROM unnest(a.attoptions) o WHERE o !~ '^pg_attver='),
                 a.attislocal, a.attinhcount,
                 pg_get_expr(d.adbin, d.adrelid), pg_temp.sorted(a.attacl))
  FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
UNION ALL
SELECT concat_ws(' ', 'constraint', nullif(c.conrelid, 0)::regclass, nullif(c.contypid, 0)::regtype, c.conname, c.contype,
                 c.convalidated, c.conislocal, c.coninhcount, pg_get_constraintdef(c.oid))
  FROM pg_constraint c WHERE c.connamespace = 'opsmon'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisvalid,
                 i.indisreplident, i.indisprimary)
  FROM pg_index i JOIN relation c ON c.oid = i.indrelid
UNION ALL
SELECT concat_ws(' ', 'trigger', t.tgrelid::regclass, t.tgenabled, t.tgisinternal,
                 pg_get_triggerdef(t.oid))
  FROM pg_trigger t JOIN relation c ON c.oid = t.tgrelid
UNION ALL
SELECT concat_ws(' ', 'rule', r.ev_class::regclass, r.ev_enabled, pg_get_ruledef(r.oid))
  FROM pg_rewrite r JOIN relation c ON c.oid = r.ev_class
UNION ALL
SELECT concat_ws(' ', 'sequence', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart,
                 s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
  FROM pg_sequence s JOIN relation c ON c.oid = s.seqrelid
UNION ALL
SELECT concat_ws(' ', 'type', t.oid::regtype, t.typtype, t.typowner::regrole, t.typnotnull,
                 t.typdefault, format_type(t.typbasetype, t.typtypmod), pg_temp.sorted(t.typacl),
                 (SELECT string_agg(l.enumlabel, ',' ORDER BY l.enumsortorder) FROM pg_enum l
                   WHERE l.enumtypid = t.oid))
  FROM pg_type t WHERE t.typnamespace = 'opsmon'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(s.oid))
  FROM pg_statistic_ext s WHERE s.stxnamespace = 'opsmon'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'policy', p.polrelid::regclass, p.polname, p.polcmd, p.polpermissive,
                 p.polroles::text, pg_get_expr(p.polqual, p.polrelid),
                 pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_policy p JOIN relation c ON c.oid = p.polrelid
UNION ALL
SELECT concat_ws(' ', 'comment', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description)
  FROM pg_description d JOIN object o ON o.classid = d.classoid AND o.objid = d.objoid
UNION ALL
SELECT concat_ws(' ', 'privileges at first', pg_describe_object(i.classoid, i.objoid, i.objsubid),
                 i.privtype, pg_temp.sorted(i.initprivs))
  FROM pg_init_privs i JOIN object o ON o.classid = i.classoid AND o.objid = i.objoid
UNION ALL
SELECT concat_ws(' ', 'dependency', d.deptype, pg_describe_object(d.classid, d.objid, d.objsubid),
                 'on', pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid))
  FROM pg_depend d JOIN object o ON o.classid = d.classid AND o.objid = d.objid
UNION ALL
SELECT concat_ws(' ', 'dependency', d.deptype, pg_describe_object(d.classid, d.objid, d.objsubid),
                 'on', pg_describe_object(d.refclassid, d.refobjid, 0))
  FROM pg_shdepend d JOIN object o ON o.classid = d.classid AND o.objid = d.objid
 WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database());

-- A body of many lines is one, so that lines can be sorted and compared.
SELECT replace(line, E'\n', E'\\n') FROM catalog ORDER BY line COLLATE "C";
