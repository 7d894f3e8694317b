-- By hand. Superusers, and those they grant; each call is in the ledger with who it was.

CREATE FUNCTION opsmon.fence(enable bool, reason text DEFAULT NULL) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'opsmon_fence';
COMMENT ON FUNCTION opsmon.fence(bool, text) IS
    'Stops writes until it is called with false, or the server restarts; a reason is needed to stop them, and stands in the ledger as one of lifting it does. Takes effect at once, not at commit.';

CREATE FUNCTION opsmon.guard_suspend(duration interval) RETURNS timestamptz
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'opsmon_guard_suspend';
COMMENT ON FUNCTION opsmon.guard_suspend(interval) IS
    'Lets the guard decide and tell only for a while, at most 24 hours; 0 ends that. Returns until when. A fence of the guard comes down.';

CREATE FUNCTION opsmon.evict(
    consumer text, OUT outcome text, OUT freed_bytes int8, OUT detail text)
    RETURNS record LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'opsmon_evict';
COMMENT ON FUNCTION opsmon.evict(text) IS
    'Ends the process that uses a slot, drops the slot and waits until its WAL is freed; not undone by ROLLBACK. A protected slot is refused.';
