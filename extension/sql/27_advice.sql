-- Settings that cannot work with the volume they have, or with what is there: each with the numbers
-- that say why and the statement that changes it. What is only unusual is not mentioned.

CREATE FUNCTION opsmon.advice_set(setting text, value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
    AS $$ SELECT format('ALTER SYSTEM SET %s = %L; SELECT pg_reload_conf();', setting, value) $$;
COMMENT ON FUNCTION opsmon.advice_set(text, text) IS 'The statement by which a setting is changed, for opsmon.advice';

CREATE VIEW opsmon.advice AS
WITH settings AS MATERIALIZED (
    SELECT pg_catalog.jsonb_object_agg(s.name, s.setting) AS of
      FROM pg_catalog.pg_settings s
     WHERE s.name IN ('max_slot_wal_keep_size', 'max_wal_size', 'wal_keep_size', 'wal_segment_size',
           'archive_mode', 'archive_command', 'archive_library', 'archive_timeout', 'wal_sender_timeout',
           'synchronous_standby_names', 'synchronous_commit', 'synchronized_standby_slots',
           'track_activities', 'opsmon.guard',
           'opsmon.guard_rungs', 'opsmon.ballast_size', 'opsmon.stall_bytes', 'opsmon.stall_time')),
facts AS MATERIALIZED (
    SELECT 1048576 * (s.of ->> 'max_slot_wal_keep_size')::int8 AS slot_cap,
           1048576 * (s.of ->> 'max_wal_size')::int8 AS max_wal,
           1048576 * (s.of ->> 'wal_keep_size')::int8 AS wal_keep,
           s.of ->> 'archive_mode' AS archive_mode,
           COALESCE(s.of ->> 'archive_command', '') IN ('', '(disabled)')
               AND COALESCE(s.of ->> 'archive_library', '') = '' AS archives_nowhere,
           (s.of ->> 'archive_timeout')::int8 AS archive_timeout_s,
           (s.of ->> 'wal_sender_timeout')::int8 AS sender_timeout_ms,
           s.of ->> 'synchronous_standby_names' AS sync_names,
           s.of ->> 'synchronous_commit' AS sync_commit,
           s.of ->> 'synchronized_standby_slots' AS failover_waits_for,
           s.of ->> 'track_activities' AS track_activities,
           s.of ->> 'opsmon.guard' AS guard, s.of ->> 'opsmon.guard_rungs' AS guard_rungs,
           1048576 * (s.of ->> 'opsmon.ballast_size')::int8 AS ballast,
           1048576 * (s.of ->> 'opsmon.stall_bytes')::int8 AS stall_bytes,
           pg_catalog.make_interval(secs => (s.of ->> 'opsmon.stall_time')::float8) AS stall_time,
           pg_catalog.pg_is_in_recovery() AS in_recovery,
           v.size_bytes AS volume, v.free_bytes AS free,
           -- What pg_wal could take if nothing else grew.
           v.free_bytes + d.directory_bytes AS room,
           g.ballast_wal_bytes, g.policies_loaded_at, w.usable_bytes AS usable,
           w.watch_free_bytes * 3 / 2 AS stays_free,
           w.wal_bytes_per_second_trend AS rate,
           (SELECT pg_catalog.count(*) FROM opsmon.live_slots() l WHERE NOT l.temporary) AS slots,
           COALESCE((SELECT pg_catalog.max(l.retained_bytes) FROM opsmon.live_slots() l), 0) AS held,
           (s.of ->> 'wal_segment_size')::int8 AS segment,
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_get_wal_senders()) AS senders,
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_get_wal_senders() w
             WHERE w.sync_state IN ('sync', 'quorum')) AS sync_senders
      FROM settings s
      LEFT JOIN opsmon.live_volumes() v ON v.volume = 'wal'
      LEFT JOIN opsmon.live_wal_directory() d ON true
      LEFT JOIN opsmon.live_guard_state() g ON true
      LEFT JOIN opsmon.live_guard() w ON w.volume = 'wal'),
-- What goes together: each value fits the others that are advised, not those that are wrong today.
-- A slot that holds more than the cap is lost at the next checkpoint: the cap lies halfway between
-- what they hold now and the most there is room for.
planned AS MATERIALIZED (
    SELECT f.*, n.next_max_wal,
           CASE WHEN c.fits THEN opsmon.advice_set('max_slot_wal_keep_size',
                (f.held + f.room - n.next_max_wal) / 2 / 1048576 || 'MB') END AS set_slot_cap,
           CASE WHEN NOT c.fits
                THEN pg_catalog.format('. No cap that helps can be set now: a slot holds %s and would be lost at the next checkpoint; let its consumer catch up first, or give it up (opsmon.slots)',
                         pg_catalog.pg_size_pretty(f.held))
                WHEN f.held > 0
                THEN pg_catalog.format('; a slot holds %s now, and with a cap below that it would be lost at the next checkpoint',
                         pg_catalog.pg_size_pretty(f.held))
           END AS held_now
      FROM facts f
     CROSS JOIN LATERAL (
         SELECT CASE WHEN f.max_wal > f.room * 4 / 5
                     THEN GREATEST(f.room / 3, 2 * f.segment, 67108864)
                     ELSE f.max_wal END AS next_max_wal) n
     CROSS JOIN LATERAL (
         SELECT f.room - n.next_max_wal - f.held >= GREATEST(134217728, 4 * f.segment) AS fits) c),
advice (severity, setting, value, reason, statement) AS (
    SELECT 'warning', 'max_slot_wal_keep_size', pg_catalog.pg_size_pretty(f.slot_cap),
           pg_catalog.format('a slot may hold %s and up to max_wal_size (%s) is written before the cap is looked at, but all the volume can give pg_wal is %s: it is full before the cap helps%s',
               pg_catalog.pg_size_pretty(f.slot_cap), pg_catalog.pg_size_pretty(f.max_wal),
               pg_catalog.pg_size_pretty(f.room), f.held_now),
           f.set_slot_cap
      FROM planned f WHERE f.slots > 0 AND f.slot_cap >= 0 AND f.slot_cap + f.max_wal > f.room
    UNION ALL
    SELECT 'warning', 'max_slot_wal_keep_size', '-1',
           pg_catalog.format('nothing limits what a slot holds (slots: %s), all the volume can give pg_wal is %s, %s/s are written, and with opsmon.guard = %s nobody is evicted before it is full%s',
               f.slots, pg_catalog.pg_size_pretty(f.room),
               pg_catalog.pg_size_pretty(COALESCE(f.rate, 0)), f.guard, f.held_now),
           f.set_slot_cap
      FROM planned f
     WHERE f.slots > 0 AND f.slot_cap < 0
       -- Small: for what the server writes between checkpoints, or in a day.
       AND (f.room < 16 * f.max_wal OR f.room < 86400 * f.rate)
       AND (f.guard <> 'enforce' OR f.guard_rungs !~ '\mevict\M')
    UNION ALL
    SELECT CASE WHEN f.max_wal > f.room THEN 'critical' ELSE 'warning' END, 'max_wal_size',
           pg_catalog.pg_size_pretty(f.max_wal),
           pg_catalog.format('checkpoints let pg_wal grow to %s and beyond while they run, and all the volume can give it is %s',
               pg_catalog.pg_size_pretty(f.max_wal), pg_catalog.pg_size_pretty(f.room)),
           opsmon.advice_set('max_wal_size', f.next_max_wal / 1048576 || 'MB')
      FROM planned f WHERE f.max_wal > f.room * 4 / 5
    UNION ALL
    SELECT CASE WHEN f.wal_keep > f.room THEN 'critical' ELSE 'warning' END, 'wal_keep_size',
           pg_catalog.pg_size_pretty(f.wal_keep),
           pg_catalog.format('%s are always kept, max_wal_size (%s) comes on top, and all the volume can give pg_wal is %s',
               pg_catalog.pg_size_pretty(f.wal_keep), pg_catalog.pg_size_pretty(f.max_wal),
               pg_catalog.pg_size_pretty(f.room)),
           opsmon.advice_set('wal_keep_size',
               GREATEST((f.room - f.next_max_wal) / 4 / 1048576, 0) || 'MB')
      FROM planned f WHERE f.wal_keep > 0 AND f.wal_keep + f.max_wal > f.room
    UNION ALL
    SELECT 'warning', 'opsmon.ballast_size', pg_catalog.pg_size_pretty(f.ballast),
           pg_catalog.format('the WAL volume has room for %s, and half as much again as opsmon.watch_free (%s) must be left: a ballast of that size is not built, and there is none to give up',
               pg_catalog.pg_size_pretty(f.usable), pg_catalog.pg_size_pretty(f.stays_free)),
           opsmon.advice_set('opsmon.ballast_size', '-1')
      FROM facts f
     WHERE f.ballast + f.stays_free > f.usable AND f.ballast > 0 AND f.guard = 'enforce' AND f.guard_rungs ~ '\mrescue\M'
       AND COALESCE(f.ballast_wal_bytes, 0) = 0
    UNION ALL
    SELECT 'critical', 'archive_command', '',
           pg_catalog.format('archive_mode is %s and nothing says how to archive: WAL is kept and never removed; the volume has %s free. Set archive_command or archive_library; or archive_mode = off, which takes a restart',
               f.archive_mode, pg_catalog.pg_size_pretty(f.free)),
           NULL
      FROM facts f
     WHERE f.archives_nowhere
       AND (f.archive_mode = 'always' OR f.archive_mode = 'on' AND NOT f.in_recovery)
    UNION ALL
    SELECT 'notice', 'archive_timeout', '0',
           pg_catalog.format('a segment of %s is archived when it is full, however long that takes: if this machine is lost, so is what was written since',
               pg_catalog.current_setting('wal_segment_size')),
           opsmon.advice_set('archive_timeout', '5min')
      FROM facts f
     WHERE f.archive_timeout_s = 0 AND NOT f.archives_nowhere AND f.senders = 0
       AND f.archive_mode IN ('on', 'always') AND NOT f.in_recovery
    UNION ALL
    SELECT 'warning', 'wal_sender_timeout', '0',
           pg_catalog.format('a consumer that hangs or is cut off is never noticed, and its slot stays active (slots: %s, connections: %s)',
               f.slots, f.senders),
           opsmon.advice_set('wal_sender_timeout', '1min')
      FROM facts f WHERE f.sender_timeout_ms = 0 AND f.slots + f.senders > 0
    UNION ALL
    SELECT 'critical', 'synchronous_standby_names', f.sync_names,
           pg_catalog.format('commits wait for %s of those standbys and %s are connected: they wait until more come',
               n.needed, f.sync_senders),
           opsmon.advice_set('synchronous_standby_names', '')
      FROM facts f
     CROSS JOIN LATERAL (SELECT COALESCE((pg_catalog.regexp_match(f.sync_names,
                '^\s*(?:(?:first|any)\s+)?(\d+)\s*\(', 'i'))[1]::int8, 1) AS needed) n
     WHERE f.sync_names <> '' AND f.sync_commit NOT IN ('off', 'local') AND NOT f.in_recovery
       AND f.sync_senders < n.needed
    UNION ALL
    -- From 17 on. The evicted slot of a standby that is gone is the usual case.
    SELECT 'critical', 'synchronized_standby_slots', f.failover_waits_for,
           pg_catalog.format('logical consumers with failover (slots: %s) get nothing that the slot %s has not confirmed, and %s: they wait, and hold WAL',
               n.waiting, w.slot_name, CASE WHEN l.slot_name IS NULL THEN 'there is no such slot'
                   ELSE 'it has lost its WAL' END),
           opsmon.advice_set('synchronized_standby_slots', w.others)
      FROM facts f
     CROSS JOIN LATERAL (SELECT pg_catalog.count(*) AS waiting FROM pg_catalog.pg_replication_slots p
          WHERE (pg_catalog.to_jsonb(p) ->> 'failover')::bool) n
     CROSS JOIN LATERAL (
         SELECT name.of_slot AS slot_name,
                COALESCE(pg_catalog.string_agg(name.of_slot, ', ') OVER (
                    ORDER BY name.nth ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    EXCLUDE CURRENT ROW), '') AS others
           FROM pg_catalog.unnest(pg_catalog.regexp_split_to_array(f.failover_waits_for,
                    '[\s",]+')) WITH ORDINALITY name (of_slot, nth)
          WHERE name.of_slot <> '') w
      LEFT JOIN opsmon.live_slots() l ON l.slot_name = w.slot_name
     WHERE n.waiting > 0 AND NOT f.in_recovery
       AND (l.slot_name IS NULL OR l.wal_status = 'lost')
    UNION ALL
    SELECT 'notice', 'track_activities', 'off',
           'the server does not say what its sessions do: slow statements and who blocks whom are not seen',
           opsmon.advice_set('track_activities', 'on')
      FROM facts f WHERE f.track_activities = 'off'
    UNION ALL
    SELECT 'warning', 'opsmon.guard', f.guard,
           pg_catalog.format('slot %s%s has had no consumer for %s and %s of WAL were written since it moved last; with opsmon.guard = %s nobody will take it before the volume is full (%s free)',
               l.slot_name,
               CASE WHEN l.orphans > 1
                    THEN pg_catalog.format(' (and %s more)', l.orphans - 1) ELSE '' END,
               pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - l.inactive_since),
               pg_catalog.pg_size_pretty(l.wal_since_progress_bytes), f.guard,
               pg_catalog.pg_size_pretty(f.free)),
           opsmon.advice_set('opsmon.guard', 'enforce')
      FROM facts f
     -- One row, however many there are: of the one that has waited longest.
     CROSS JOIN LATERAL (
         SELECT o.*, pg_catalog.count(*) OVER () AS orphans
           FROM opsmon.live_slots() o
          WHERE NOT o.active AND o.retained_bytes > 0
            AND o.wal_since_progress_bytes >= f.stall_bytes
            AND o.inactive_since < pg_catalog.clock_timestamp() - f.stall_time
          ORDER BY o.inactive_since, o.slot_name LIMIT 1) l
     WHERE f.guard <> 'enforce'
    UNION ALL
    SELECT 'warning', 'opsmon.guard', f.guard,
           'opsmon.consumers was never read, so nobody is evicted: CREATE EXTENSION opsmon is needed in the database of opsmon.database ('
               || pg_catalog.current_setting('opsmon.database') || ')',
           NULL -- it is typed there, not here
      FROM facts f
     WHERE f.guard = 'enforce' AND f.policies_loaded_at IS NULL
       AND EXISTS (SELECT FROM opsmon.live_recorder() r WHERE r.state = 'no extension')
    UNION ALL
    SELECT 'warning', 'opsmon.*_free', NULL,
           'their order is impossible (each rung must lie above the next): the defaults are in force; see opsmon.guard_ladder. The statement says so and lets them be changed anew',
           'ALTER SYSTEM SET opsmon.watch_free = 0; ALTER SYSTEM SET opsmon.relieve_free = 0; ALTER SYSTEM SET opsmon.evict_free = 0; ALTER SYSTEM SET opsmon.fence_free = 0; ALTER SYSTEM SET opsmon.rescue_free = 0; SELECT pg_reload_conf();'
     WHERE EXISTS (SELECT FROM opsmon.live_guard() g WHERE g.thresholds_refused)
    UNION ALL
    SELECT 'warning', 'opsmon.database', pg_catalog.current_database()::text COLLATE "default",
           pg_catalog.format('publication %s is FOR ALL TABLES, and so publishes those of opsmon too, a new one each day: a subscriber that has no such table stops, and its slot keeps WAL. Give opsmon a database of its own: CREATE DATABASE, name it in opsmon.database (a restart), CREATE EXTENSION opsmon there and DROP EXTENSION opsmon here',
               opsmon.readable(opsmon.quoted_name(p.pubname))) COLLATE "default",
           NULL
      FROM pg_catalog.pg_publication p WHERE p.puballtables)
SELECT a.severity, a.setting, a.value, a.reason, a.statement
  FROM advice a
 ORDER BY pg_catalog.array_position('{critical,warning,notice}'::text[], a.severity), a.setting;
COMMENT ON VIEW opsmon.advice IS
    'Settings that cannot work with the volume they have, or with what is connected; no row when all is well';
COMMENT ON COLUMN opsmon.advice.severity IS
    'critical: it stops or will stop the server''s work; warning: it fails when it is needed; notice';
COMMENT ON COLUMN opsmon.advice.reason IS 'Why, with the numbers of this moment';
COMMENT ON COLUMN opsmon.advice.statement IS
    'What to type, as it stands; the value is a start, not a law. NULL: what to do is no statement, and stands in reason';
