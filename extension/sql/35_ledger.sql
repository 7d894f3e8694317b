-- The ledger: what the guard decided and what came of it.

CREATE TABLE opsmon.guard_events (
    began_at timestamptz NOT NULL, number int8 NOT NULL, at timestamptz NOT NULL,
    mode text NOT NULL, who text NOT NULL, volume text NOT NULL, action text NOT NULL,
    outcome text NOT NULL, target text, from_rung text NOT NULL, to_rung text NOT NULL,
    reason text, usable_bytes int8 NOT NULL, size_bytes int8 NOT NULL, full_in interval,
    holder text, holder_name text, holder_bytes int8, before_bytes int8, after_bytes int8,
    detail text, acted_as text, client text, application_name text, pid int4,
    PRIMARY KEY (began_at, number));
COMMENT ON TABLE opsmon.guard_events IS
    'The ledger: every decision of the guard and what came of it, with reason and numbers; never pruned';
COMMENT ON COLUMN opsmon.guard_events.began_at IS
    'When the numbering began: at each start of the server. A gap in the numbers: more than 128 came at once.';
COMMENT ON COLUMN opsmon.guard_events.mode IS 'What opsmon.guard was at that moment';
COMMENT ON COLUMN opsmon.guard_events.who IS
    'guard, or the role that asked for it by hand: whose session it was';
COMMENT ON COLUMN opsmon.guard_events.outcome IS
    'decided, ordered, done, failed or refused; would: the mode did not let it happen';
COMMENT ON COLUMN opsmon.guard_events.target IS 'The slot it was about';
COMMENT ON COLUMN opsmon.guard_events.holder IS 'Who held the most WAL at that moment';
COMMENT ON COLUMN opsmon.guard_events.before_bytes IS
    'WAL that was kept before and after an eviction or checkpoint; of a ballast its size';
COMMENT ON COLUMN opsmon.guard_events.acted_as IS
    'By hand: the role it was done as, where SET ROLE or a SECURITY DEFINER function made it another than who';
COMMENT ON COLUMN opsmon.guard_events.client IS
    'By hand: address and port it was asked for from; local: over a unix socket; server: by a worker of the server, without a client; NULL: nobody asked';
COMMENT ON COLUMN opsmon.guard_events.application_name IS 'By hand: what the client called itself';
COMMENT ON COLUMN opsmon.guard_events.pid IS 'By hand: the process of its session';
