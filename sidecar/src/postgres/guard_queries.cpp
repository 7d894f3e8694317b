#include "postgres/guard_queries.hpp"

#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

enum ResultIndex : std::size_t { kState, kEvents, kEvictions, kHolders, kVictim, kEnd };
static_assert(kEnd == kGuardResults);

// A ballast that the settings ask for and that is not there is 0; on a data directory that shares
// the WAL's volume there is none to ask for.
constexpr const char* kStateSql = R"sql(
SELECT s.mode, coalesce(s.suspended_until > clock_timestamp(), false),
       extract(epoch FROM s.suspended_until), s.fence, coalesce(s.fence_by_hand, false),
       extract(epoch FROM s.fence_since), s.refused_statements, s.cancelled_statements,
       s.held_commits, extract(epoch FROM s.policies_loaded_at), s.policies_omitted,
       CASE WHEN b.wanted THEN coalesce(s.ballast_wal_bytes, 0) ELSE s.ballast_wal_bytes END,
       CASE WHEN b.wanted AND d.apart THEN coalesce(s.ballast_data_bytes, 0)
            ELSE s.ballast_data_bytes END,
       extract(epoch FROM s.reclaimer_last_tick_at), s.archiver_stuck::int, s.reports_lost
FROM opsmon.guard_state s
CROSS JOIN (SELECT current_setting('opsmon.ballast_size', true) <> '0' AS wanted) b
CROSS JOIN (SELECT count(DISTINCT v.device) > 1 AS apart FROM opsmon.volumes v
            WHERE v.volume IN ('wal', 'data')) d
LIMIT 1;)sql";

GuardStateRow read_state_row(Cells& cells) {
    GuardStateRow row;
    row.mode = cells.text();
    row.suspended = cells.needed_bool();
    row.suspended_until = cells.number();
    row.fence = cells.text();
    row.fence_by_hand = cells.needed_bool();
    row.fence_since = cells.number();
    row.refused_statements = cells.number();
    row.cancelled_statements = cells.number();
    row.held_commits = cells.number();
    row.policies_loaded_at = cells.number();
    row.policies_omitted = cells.number();
    row.ballast_wal_bytes = cells.number();
    row.ballast_data_bytes = cells.number();
    row.reclaimer_last_tick_at = cells.number();
    row.archiver_stuck = cells.number();
    row.reports_lost = cells.number();
    return row;
}

// When: of the events that shared memory still has, the newest.
constexpr const char* kEventsSql = R"sql(
SELECT c.action, c.outcome, c.events, extract(epoch FROM l.at)
FROM opsmon.guard_event_counts c
LEFT JOIN (SELECT e.action, e.outcome, max(e.at) AS at FROM opsmon.live_guard_events() e
           GROUP BY e.action, e.outcome) l ON l.action = c.action AND l.outcome = c.outcome
ORDER BY c.action, c.outcome LIMIT 200;)sql";

GuardEventRow read_event_row(Cells& cells) {
    GuardEventRow row;
    row.action = cells.text_or_empty();
    row.outcome = cells.text_or_empty();
    row.events = cells.number();
    row.last_at = cells.number();
    return row;
}

// What people do by hand they know of.
constexpr const char* kEvictionsSql = R"sql(
SELECT e.target, e.outcome, extract(epoch FROM e.at), e.before_bytes
FROM (SELECT DISTINCT ON (l.target, l.outcome) l.target, l.outcome, l.at, l.before_bytes, l.number
      FROM opsmon.live_guard_events() l
      WHERE l.action = 'evict' AND l.outcome IN ('done', 'failed', 'would')
        AND l.who = 'guard' AND l.target <> ''
      ORDER BY l.target, l.outcome, l.number DESC) e
ORDER BY e.number DESC LIMIT 20;)sql";

EvictionRow read_eviction_row(Cells& cells) {
    EvictionRow row;
    row.slot_name = cells.text_or_empty();
    row.outcome = cells.text_or_empty();
    row.at = cells.number();
    row.held_bytes = cells.number();
    return row;
}

constexpr const char* kHoldersSql = R"sql(
SELECT holder, name, held_bytes, marginal_bytes, count(*) OVER ()
FROM opsmon.live_wal_holders()
ORDER BY held_bytes DESC NULLS LAST, holder, name LIMIT 20;)sql";

HolderRow read_holder_row(Cells& cells) {
    HolderRow row;
    row.holder = cells.text_or_empty();
    row.name = cells.text_or_empty();
    row.held_bytes = cells.number();
    row.marginal_bytes = cells.number();
    row.holders = cells.needed_number();
    return row;
}

constexpr const char* kVictimSql = R"sql(
SELECT target, frees_bytes FROM opsmon.guard_plan WHERE action = 'evict' ORDER BY step
LIMIT 1;)sql";

VictimRow read_victim_row(Cells& cells) {
    VictimRow row;
    row.slot_name = cells.text_or_empty();
    row.frees_bytes = cells.number();
    return row;
}

} // namespace

const std::string& guard_sql() {
    static const std::string sql =
        std::string(kStateSql) + kEventsSql + kEvictionsSql + kHoldersSql + kVictimSql;
    return sql;
}

void read_guard_rows(const Answer& answer, std::size_t first, GuardRows& out,
                     Result<void>& failed) {
    take_rows(out.state, read_rows(answer, first + kState, "opsmon.guard_state", read_state_row),
              failed);
    take_rows(out.events,
              read_rows(answer, first + kEvents, "opsmon.guard_event_counts", read_event_row),
              failed);
    take_rows(
        out.evictions,
        read_rows(answer, first + kEvictions, "opsmon.live_guard_events()", read_eviction_row),
        failed);
    take_rows(out.holders,
              read_rows(answer, first + kHolders, "opsmon.live_wal_holders()", read_holder_row),
              failed);
    take_rows(out.next_victim,
              read_rows(answer, first + kVictim, "opsmon.guard_plan", read_victim_row), failed);
}

} // namespace opsmon::postgres
