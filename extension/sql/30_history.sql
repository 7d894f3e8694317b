-- History: written by the sampler on a primary. One row a sample, names replaced by keys, because
-- what costs is WAL: see docs/decisions/0028. Read it through the views and functions. Telemetry,
-- so pg_dump leaves the rows out.

CREATE TABLE opsmon.history_names (
    key int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE,
    seen_on date NOT NULL DEFAULT (pg_catalog.now() AT TIME ZONE 'UTC'));
COMMENT ON SEQUENCE opsmon.history_names_key_seq IS 'Keys of opsmon.history_names';
COMMENT ON TABLE opsmon.history_names IS
    'Names and other words that occur in samples, each once; empty for an absent one';
COMMENT ON COLUMN opsmon.history_names.seen_on IS
    'Day (UTC) on which it occurred last; forgotten when nothing that old is kept';

CREATE TABLE opsmon.history_epochs (
    key int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, first_sampled_at timestamptz NOT NULL,
    system_identifier int8 NOT NULL, timeline int8 NOT NULL, server_started_at timestamptz NOT NULL,
    archiver_stats_reset timestamptz);
COMMENT ON SEQUENCE opsmon.history_epochs_key_seq IS 'Keys of opsmon.history_epochs';
COMMENT ON TABLE opsmon.history_epochs IS
    'Stretches of time in which counters and positions can be compared: until a restart, promotion or reset';
COMMENT ON COLUMN opsmon.history_epochs.server_started_at IS
    'When the server started, or came back after a crash';

CREATE TABLE opsmon.history_samples (
    sampled_at timestamptz PRIMARY KEY, current_lsn pg_lsn, directory_bytes int8,
    recycled_bytes int8, archived_count int8, failed_count int8, epoch int4 NOT NULL,
    volumes int4[], volume_size_bytes int8[], volume_free_bytes int8[], volume_free_inodes int8[],
    slots int4[], slot_active bool[], slot_wal_status int4[], slot_retained_bytes int8[],
    consumers int4[] NOT NULL, consumer_address int4[] NOT NULL, consumer_state int4[] NOT NULL,
    consumer_lag_bytes int8[] NOT NULL, consumer_unsent_bytes int8[] NOT NULL,
    consumer_replay_lag_us int8[] NOT NULL,
    session_state int4[] NOT NULL, sessions int4[] NOT NULL)
    PARTITION BY RANGE (sampled_at);
COMMENT ON TABLE opsmon.history_samples IS
    'One row a sample, a partition a day (UTC): read it through history_wal, history_slots and their like';
COMMENT ON COLUMN opsmon.history_samples.volumes IS
    'Keys in history_names; the other arrays of volume_ have their elements in the same places; NULL when the guard was silent';
COMMENT ON COLUMN opsmon.history_samples.consumer_replay_lag_us IS 'Microseconds';

CREATE TABLE opsmon.history_minutes (
    at timestamptz PRIMARY KEY, last_sampled_at timestamptz NOT NULL, current_lsn pg_lsn,
    archived_count int8, failed_count int8, epoch int4 NOT NULL, samples int4 NOT NULL,
    series int4[] NOT NULL, lowest int8[] NOT NULL, mean float8[] NOT NULL, highest int8[] NOT NULL,
    latest int8[] NOT NULL)
    PARTITION BY RANGE (at);
COMMENT ON TABLE opsmon.history_minutes IS
    'Samples rolled up to minutes, a partition a day (UTC): lowest, mean, highest and latest of each series';
COMMENT ON COLUMN opsmon.history_minutes.at IS 'When the minute began';
COMMENT ON COLUMN opsmon.history_minutes.current_lsn IS
    'Of the last sample in it, as are the counts and the epoch';
COMMENT ON COLUMN opsmon.history_minutes.series IS
    '16 times the key in history_names, plus the number in history_measures; key 0 is the whole server';

CREATE TABLE opsmon.history_hours (LIKE opsmon.history_minutes, PRIMARY KEY (at));
COMMENT ON TABLE opsmon.history_hours IS 'Minutes rolled up to hours, in the same form';
COMMENT ON COLUMN opsmon.history_hours.at IS 'When the hour began';

CREATE VIEW opsmon.history_measures AS
SELECT m.measure, m.name, m.unit
  FROM (VALUES (0, 'directory_bytes', 'bytes'), (1, 'recycled_bytes', 'bytes'),
               (2, 'volume_size_bytes', 'bytes'), (3, 'volume_free_bytes', 'bytes'),
               (4, 'volume_free_inodes', 'inodes'), (5, 'slot_retained_bytes', 'bytes'),
               (6, 'consumer_lag_bytes', 'bytes'), (7, 'consumer_unsent_bytes', 'bytes'),
               (8, 'consumer_replay_lag_us', 'microseconds'), (9, 'sessions', 'sessions'))
       m(measure, name, unit);
COMMENT ON VIEW opsmon.history_measures IS 'What is rolled up: numbers that series consist of';
