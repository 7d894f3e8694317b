-- Software that is recognised as a consumer. A guess may only ever keep somebody safer from eviction
-- than `ask` would; only people may say `expendable`.

CREATE VIEW opsmon.known_consumers AS
SELECT k.priority, k.recognised, k.slot_pattern, k.plugin_pattern, k.application_pattern,
       k.session_pattern, k.slot_flag, k.policy, k.managed, k.transient, k.why
  FROM (VALUES
    (1, 'initial copy of a subscription', '^pg_[0-9]+_sync_[0-9]+_[0-9]+$', NULL, NULL, NULL, NULL,
     'last', true, true, 'unused while the table is copied; without it the copy begins anew'),
    (2, 'base backup', '^pg_basebackup_[0-9]+$', NULL,
     '^(pg_basebackup|barman_streaming_backup)$', NULL, NULL,
     'last', true, true, 'the backup that is being made needs it'),
    (3, 'CloudNativePG', '^_cnpg_', NULL, NULL, NULL, NULL,
     'last', true, false, 'the operator makes and drops the slots of its instances'),
    (4, 'Patroni', NULL, NULL, NULL, '^Patroni', NULL,
     'last', true, false, 'Patroni makes and drops the slots of its members'),
    (5, 'slot synchronisation', NULL, NULL, NULL, NULL, 'synced',
     'last', true, false, 'a copy of a slot of the primary'),
    (6, 'Debezium', '^debezium', '^decoderbufs$', NULL, NULL, NULL,
     'last', false, false, 'without it the connector has to read every table again'),
    (7, 'Barman', '^barman', NULL, '^barman_receive_wal$', NULL, NULL,
     'last', false, false, 'without it the archive of WAL has a hole'),
    (8, 'WAL-G', '^walg(_|$)', NULL, NULL, NULL, NULL,
     'last', false, false, 'without it the archive of WAL has a hole'),
    (9, 'pg_receivewal', NULL, NULL, '^pg_receivewal$', NULL, NULL,
     'last', false, false, 'without it the archive of WAL has a hole'),
    (10, 'repmgr', '^repmgr_slot_[0-9]+$', NULL, NULL, NULL, NULL,
     'last', false, false, 'a standby of the cluster'),
    (11, 'pglogical', NULL, '^pglogical_output$', NULL, NULL, NULL,
     'last', false, false, 'without it the subscriber has to be copied anew'),
    (12, 'Spock', NULL, '^spock_output$', NULL, NULL, NULL,
     'last', false, false, 'without it the subscriber has to be copied anew'),
    (13, 'failover slot', NULL, NULL, NULL, NULL, 'failover',
     'last', false, false, 'somebody has it copied to standbys, so that it outlives this server'))
    AS k (priority, recognised, slot_pattern, plugin_pattern, application_pattern, session_pattern,
          slot_flag, policy, managed, transient, why);
COMMENT ON VIEW opsmon.known_consumers IS
    'Software that is recognised among the consumers, and the policy a consumer is given for it when it is learned; the first that fits';
COMMENT ON COLUMN opsmon.known_consumers.slot_pattern IS
    'Regular expression on the slot''s name; one pattern that fits is enough';
COMMENT ON COLUMN opsmon.known_consumers.session_pattern IS
    'On the application name of any session, where the slot also carries the name of its consumer''s application';
COMMENT ON COLUMN opsmon.known_consumers.slot_flag IS
    'A column of pg_replication_slots that must be true, in servers that have it';
COMMENT ON COLUMN opsmon.known_consumers.managed IS
    'It removes what it does not need any more by itself, so nobody has to own it';
COMMENT ON COLUMN opsmon.known_consumers.transient IS
    'It comes and goes by its nature: neither is an event, and it is forgotten when it is gone';

CREATE FUNCTION opsmon.recognise_consumer(slot_name text, plugin text, application_name text)
    RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT k.recognised
      FROM opsmon.known_consumers k
      LEFT JOIN pg_catalog.pg_replication_slots s ON s.slot_name = $1
     WHERE $1 ~ k.slot_pattern OR $2 ~ k.plugin_pattern
        -- A slot with a name of its own outlives the base backup that is made through it: it is the
        -- new standby's.
        OR ($3 ~ k.application_pattern AND ($1 IS NULL OR NOT k.transient))
        -- A copy keeps its mark when its server is promoted, and is a copy no more.
        OR (to_jsonb(s) ->> k.slot_flag = 'true'
            AND (k.slot_flag <> 'synced' OR pg_is_in_recovery()))
        OR (k.session_pattern IS NOT NULL AND $1 = translate(lower($3), '-.', '__')
            AND EXISTS (SELECT FROM opsmon.live_activity() a
                         WHERE a.application_name ~ k.session_pattern))
     ORDER BY k.priority LIMIT 1;
    $$;
COMMENT ON FUNCTION opsmon.recognise_consumer(text, text, text) IS
    'The software a consumer belongs to, by its slot, plugin and application name; NULL: none that is known';
