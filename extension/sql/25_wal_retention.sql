-- What takes room in pg_wal: everybody that holds WAL back, and the two parts nobody holds.

CREATE FUNCTION opsmon.live_unheld_wal(
    OUT reusable_bytes int8, OUT unneeded_bytes int8, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'opsmon_live_unheld_wal';
COMMENT ON FUNCTION opsmon.live_unheld_wal() IS
    'WAL that nobody holds, at most one row: segments to be written again, and what the next checkpoint takes away';

CREATE VIEW opsmon.wal_retention AS
SELECT h.holder, h.name, h.oldest_lsn, h.held_bytes, h.marginal_bytes, h.last_progress_at,
       h.sampled_at, pg_catalog.clock_timestamp() - h.sampled_at AS age,
       CASE h.holder
           WHEN 'crash recovery' THEN 'since the last checkpoint; the next one moves it on'
           WHEN 'wal_keep_size' THEN 'by the setting wal_keep_size, whoever needs it'
           WHEN 'slot' THEN 'until its consumer has taken it; see opsmon.slots'
           WHEN 'archiver' THEN 'until it is archived; see archived_count and failed_count in opsmon.wal'
           WHEN 'summarizer' THEN 'until it is summarized (summarize_wal)'
       END AS why
  FROM opsmon.live_wal_holders() h
UNION ALL
SELECT 'next checkpoint', NULL, NULL, u.unneeded_bytes, u.unneeded_bytes, NULL, u.sampled_at,
       pg_catalog.clock_timestamp() - u.sampled_at,
       'needed by nobody; the next checkpoint removes or recycles it'
  FROM opsmon.live_unheld_wal() u WHERE u.unneeded_bytes > 0
UNION ALL
SELECT 'recycled', NULL, NULL, r.bytes, r.bytes, NULL, r.sampled_at,
       pg_catalog.clock_timestamp() - r.sampled_at,
       'held back by nobody; kept to be written again, as min_wal_size and max_wal_size decide'
  FROM (SELECT COALESCE(d.recycled_bytes, u.reusable_bytes) AS bytes,
               CASE WHEN d.recycled_bytes IS NULL THEN u.sampled_at ELSE d.sampled_at
               END AS sampled_at
          FROM (SELECT) one
          LEFT JOIN opsmon.live_wal_directory() d ON true
          LEFT JOIN opsmon.live_unheld_wal() u ON true) r
 WHERE r.sampled_at IS NOT NULL;
COMMENT ON VIEW opsmon.wal_retention IS
    'What keeps WAL from being removed, what it would free if gone, and what nobody holds';
COMMENT ON COLUMN opsmon.wal_retention.holder IS
    'crash recovery, wal_keep_size, slot, archiver, summarizer; and, held by nobody: next checkpoint, recycled';
COMMENT ON COLUMN opsmon.wal_retention.held_bytes IS
    'Current position minus the oldest it needs; what several hold counts for each of them';
COMMENT ON COLUMN opsmon.wal_retention.marginal_bytes IS
    'Freed if this one alone were gone: the oldest frees only down to the second oldest, others nothing';
