-- Consumers: what people say about those that take WAL. Read by the sampler, never written by it.

CREATE TABLE opsmon.consumers (
    kind text NOT NULL DEFAULT 'slot' CHECK (kind IN ('slot')),
    name text NOT NULL CHECK (name <> '' AND octet_length(name) < 64),
    policy text NOT NULL DEFAULT 'ask' CHECK (policy IN ('protect', 'last', 'expendable', 'ask')),
    max_retained int8 CHECK (max_retained >= 0),
    owner text, note text, updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, name));
SELECT pg_catalog.pg_extension_config_dump('opsmon.consumers', '');
CREATE FUNCTION opsmon.consumers_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'opsmon_consumers_changed';
COMMENT ON FUNCTION opsmon.consumers_changed() IS
    'Has the guard read opsmon.consumers again before it evicts anybody';
CREATE TRIGGER consumers_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON opsmon.consumers
    FOR EACH STATEMENT EXECUTE FUNCTION opsmon.consumers_changed();
ALTER TABLE opsmon.consumers ENABLE ALWAYS TRIGGER consumers_changed;
COMMENT ON TRIGGER consumers_changed ON opsmon.consumers IS
    'From the commit on, nobody is evicted by what was said before';
COMMENT ON TABLE opsmon.consumers IS
    'What may be done to those that take WAL, said by people; a slot without a row has the policy ask';
COMMENT ON COLUMN opsmon.consumers.name IS 'The slot''s name; it need not exist yet';
COMMENT ON COLUMN opsmon.consumers.policy IS
    'protect: never evicted; expendable: first; last: only when writes would be stopped otherwise; ask: only when stalled or unused';
COMMENT ON COLUMN opsmon.consumers.max_retained IS
    'Bytes of WAL the consumer may hold before ask lets it be evicted; NULL: any';
COMMENT ON COLUMN opsmon.consumers.owner IS 'Whom to ask';
