-- Consumers: everybody who was ever seen taking WAL, and what people say about them. The learner
-- (43, and 45 for Slony-I) fills in what it sees and never touches what people say.

CREATE TABLE opsmon.consumers (
    kind text NOT NULL DEFAULT 'slot'
        CHECK (kind IN ('slot', 'standby', 'archiver', 'slony_node')),
    name text NOT NULL,
    policy text NOT NULL DEFAULT 'ask' CHECK (policy IN ('protect', 'last', 'expendable', 'ask')),
    max_retained int8 CHECK (max_retained >= 0),
    owner text, expected bool, note text, updated_at timestamptz DEFAULT now(),
    recognised text, slot_type text, plugin text, database text,
    application_name text, address text, username text,
    state text CHECK (state IN ('present', 'idle', 'missing', 'vanished', 'dropped', 'lost')),
    state_since timestamptz, first_seen timestamptz, last_seen timestamptz,
    last_progress timestamptz, held_bytes_max int8,
    PRIMARY KEY (kind, name),
    CONSTRAINT consumers_name_check CHECK
        (name <> '' AND octet_length(name) < CASE kind
            WHEN 'slot' THEN 64 WHEN 'slony_node' THEN 300 ELSE 256 END));
SELECT pg_catalog.pg_extension_config_dump('opsmon.consumers', '');

-- Who acts for people is asked to read again; what the learner notes of its own does not change what
-- may be done to anybody.
CREATE FUNCTION opsmon.consumers_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'opsmon_consumers_changed';
COMMENT ON FUNCTION opsmon.consumers_changed() IS
    'Has the guard read opsmon.consumers again before it evicts anybody';
CREATE TRIGGER consumers_changed
    AFTER INSERT OR UPDATE OF kind, name, policy, max_retained OR DELETE OR TRUNCATE
    ON opsmon.consumers FOR EACH STATEMENT EXECUTE FUNCTION opsmon.consumers_changed();
ALTER TABLE opsmon.consumers ENABLE ALWAYS TRIGGER consumers_changed;
COMMENT ON TRIGGER consumers_changed ON opsmon.consumers IS
    'From the commit on, nobody is evicted by what was said before';

-- For people only: the learner writes as a replica does, for which it does not fire.
CREATE FUNCTION opsmon.consumers_edited() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    learned opsmon.consumers;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := clock_timestamp();
        RETURN NEW;
    END IF;
    -- Who is announced by hand may have been learned already: a plain INSERT takes that row over.
    -- The lock is against the learner alone, which adds nobody while it cannot have it.
    PERFORM pg_advisory_xact_lock_shared(hashtext('opsmon'), hashtext('consumers'));
    DELETE FROM opsmon.consumers c
     WHERE c.kind = NEW.kind AND c.name = NEW.name AND c.updated_at IS NULL
    RETURNING c.* INTO learned;
    IF FOUND THEN
        NEW.recognised := learned.recognised;
        NEW.slot_type := learned.slot_type;
        NEW.plugin := learned.plugin;
        NEW.database := learned.database;
        NEW.application_name := learned.application_name;
        NEW.address := learned.address;
        NEW.username := learned.username;
        NEW.state := learned.state;
        NEW.state_since := learned.state_since;
        NEW.first_seen := learned.first_seen;
        NEW.last_seen := learned.last_seen;
        NEW.last_progress := learned.last_progress;
        NEW.held_bytes_max := learned.held_bytes_max;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION opsmon.consumers_edited() IS
    'Notes when people changed a row, and lets a plain INSERT take over a row that was only learned';
CREATE TRIGGER consumers_edited
    BEFORE INSERT OR UPDATE OF kind, name, policy, max_retained, owner, expected, note
    ON opsmon.consumers FOR EACH ROW EXECUTE FUNCTION opsmon.consumers_edited();
COMMENT ON TRIGGER consumers_edited ON opsmon.consumers IS
    'What people write is theirs from then on, and an INSERT about somebody known is no error';

COMMENT ON TABLE opsmon.consumers IS
    'Everybody who was ever seen taking WAL or the log of Slony-I, what people say of them and what may be done to them; a slot without a row has the policy ask';
COMMENT ON COLUMN opsmon.consumers.kind IS
    'slot: whoever uses it; standby: who streams without one; archiver; slony_node';
COMMENT ON COLUMN opsmon.consumers.name IS
    'The slot''s name (it need not exist yet); of a standby: application_name user@address, with local for a unix socket; of a node of Slony-I: cluster.node@database';
COMMENT ON COLUMN opsmon.consumers.policy IS
    'protect: never evicted; expendable: first; last: only when writes would be stopped otherwise; ask: only when stalled or unused';
COMMENT ON COLUMN opsmon.consumers.max_retained IS
    'Bytes of WAL the consumer may hold before ask lets it be evicted; NULL: any';
COMMENT ON COLUMN opsmon.consumers.owner IS 'Whom to ask; NULL: nobody has said';
COMMENT ON COLUMN opsmon.consumers.expected IS
    'true: it belongs here; false: it may come and go, and nobody needs to hear of it; NULL: nobody has said';
COMMENT ON COLUMN opsmon.consumers.updated_at IS
    'When people changed the row last; NULL: it was learned and nobody has said anything yet';
COMMENT ON COLUMN opsmon.consumers.recognised IS
    'The software it belongs to by its name, plugin or application, see opsmon.known_consumers';
COMMENT ON COLUMN opsmon.consumers.application_name IS 'Of its connection when it was seen last';
COMMENT ON COLUMN opsmon.consumers.address IS
    'Where it was connected from last; NULL: over a unix socket, or never seen';
COMMENT ON COLUMN opsmon.consumers.state IS
    'present: connected; idle: a slot nobody was ever seen at; missing: away, but not for opsmon.consumer_grace; vanished; dropped: its slot is gone, or it is no node any more; lost: its slot has lost WAL, or a dropped node is connected; NULL: not seen in this database yet';
COMMENT ON COLUMN opsmon.consumers.state_since IS 'When the state was entered';
COMMENT ON COLUMN opsmon.consumers.last_seen IS
    'When it was connected last: noted once an hour, and exactly when it goes; opsmon.consumer_status knows it better';
COMMENT ON COLUMN opsmon.consumers.last_progress IS
    'When its position moved last (of a standby: when it last told its position), noted as last_seen is';
COMMENT ON COLUMN opsmon.consumers.held_bytes_max IS
    'The most bytes it was seen holding (of WAL; a node of Slony-I: of sl_log), noted when it has grown by half; NULL: it holds none';

CREATE TABLE opsmon.consumer_events (
    at timestamptz NOT NULL,
    event text NOT NULL CHECK (event IN ('appeared', 'vanished', 'returned', 'dropped', 'lost')),
    kind text NOT NULL, name text NOT NULL, recognised text, owner text, expected bool,
    application_name text, address text, username text, held_bytes int8, detail text NOT NULL,
    PRIMARY KEY (at, kind, name));
COMMENT ON TABLE opsmon.consumer_events IS
    'Consumers that came and went; kept for 90 days, and not more than 10000';
COMMENT ON COLUMN opsmon.consumer_events.event IS
    'appeared: never seen before; vanished: away for longer than opsmon.consumer_grace; returned; dropped: its slot is gone; lost: its slot has lost WAL';
COMMENT ON COLUMN opsmon.consumer_events.held_bytes IS
    'WAL it held at that moment; NULL: none (a standby without a slot holds none)';

-- Not dumped: in another cluster, what it says would be about nobody.
CREATE TABLE opsmon.consumer_watch (
    one bool PRIMARY KEY DEFAULT true CHECK (one),
    system_identifier int8 NOT NULL, timeline int8 NOT NULL, began_at timestamptz NOT NULL);
COMMENT ON TABLE opsmon.consumer_watch IS
    'One row: the cluster and timeline whose consumers are watched, and since when';
