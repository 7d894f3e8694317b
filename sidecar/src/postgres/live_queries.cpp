#include "postgres/live_queries.hpp"

#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

enum ResultIndex : std::size_t { kMoment, kHorizons, kReceiver, kAdvice, kSlow, kEnd };
static_assert(kEnd == kLiveResults);

// With a threshold of -1 nothing is known to be slow, which is not the same as nothing being slow.
constexpr const char* kMomentSql = R"sql(
SELECT CASE WHEN opsmon.slow_query_threshold() IS NOT NULL THEN s.running END, s.longest,
       b.waiting, b.longest, i.longest, w.xid, w.mxid
FROM (SELECT count(*) AS running, extract(epoch FROM max(duration)) AS longest
      FROM opsmon.slow_queries WHERE running) s,
     (SELECT coalesce(max(waiting_sessions), 0) AS waiting,
             extract(epoch FROM max(wait_time)) AS longest FROM opsmon.blocking) b,
     (SELECT extract(epoch FROM max(idle_for)) AS longest FROM opsmon.idle_in_transaction) i,
     (SELECT max(xid_age) / 2144483647.0 AS xid, max(mxid_age) / 2144483647.0 AS mxid
      FROM opsmon.wraparound) w
LIMIT 1;)sql";

MomentRow read_moment_row(Cells& cells) {
    MomentRow row;
    row.slow_queries = cells.number();
    row.slow_query_longest = cells.number();
    row.blocked_sessions = cells.number();
    row.blocked_longest = cells.number();
    row.idle_in_transaction_longest = cells.number();
    row.xid_used = cells.number();
    row.mxid_used = cells.number();
    return row;
}

constexpr const char* kHorizonsSql = R"sql(
SELECT kind, max(xmin_age) FROM opsmon.xmin_horizon GROUP BY kind ORDER BY kind LIMIT 10;)sql";

HorizonRow read_horizon_row(Cells& cells) {
    HorizonRow row;
    row.kind = cells.text_or_empty();
    row.xmin_age = cells.number();
    return row;
}

constexpr const char* kReceiverSql = R"sql(
SELECT state, replay_paused, lag_bytes, extract(epoch FROM lag), not_replayed_bytes,
       extract(epoch FROM last_msg_receipt_time)
FROM opsmon.receiver LIMIT 1;)sql";

ReceiverRow read_receiver_row(Cells& cells) {
    ReceiverRow row;
    row.state = cells.text_or_empty();
    row.replay_paused = cells.needed_bool();
    row.lag_bytes = cells.number();
    row.lag = cells.number();
    row.not_replayed_bytes = cells.number();
    row.last_message_at = cells.number();
    return row;
}

constexpr const char* kAdviceSql = R"sql(
SELECT s.severity, count(a.severity)
FROM (VALUES ('critical'), ('warning'), ('notice')) s (severity)
LEFT JOIN opsmon.advice a ON a.severity = s.severity
GROUP BY s.severity ORDER BY s.severity LIMIT 3;)sql";

AdviceRow read_advice_row(Cells& cells) {
    AdviceRow row;
    row.severity = cells.text_or_empty();
    row.count = cells.number();
    return row;
}

// No texts: they may hold secrets, and whoever needs one is at psql.
constexpr const char* kSlowSql = R"sql(
SELECT coalesce(database, ''), coalesce(username, ''), coalesce(application_name, ''),
       coalesce(query_id::text, ''), extract(epoch FROM max(duration)), bool_or(running)::int
FROM opsmon.slow_queries GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 20;)sql";

SlowRow read_slow_row(Cells& cells) {
    SlowRow row;
    row.database = cells.text_or_empty();
    row.username = cells.text_or_empty();
    row.application_name = cells.text_or_empty();
    row.query_id = cells.text_or_empty();
    row.longest = cells.number();
    row.running = cells.number();
    return row;
}

} // namespace

const std::string& live_sql() {
    static const std::string sql =
        std::string(kMomentSql) + kHorizonsSql + kReceiverSql + kAdviceSql + kSlowSql;
    return sql;
}

LiveRows read_live_rows(const Answer& answer, std::size_t first) {
    LiveRows out;
    Result<void> failed;
    take_rows(out.moment,
              read_rows(answer, first + kMoment, "opsmon.slow_queries", read_moment_row), failed);
    take_rows(out.horizons,
              read_rows(answer, first + kHorizons, "opsmon.xmin_horizon", read_horizon_row),
              failed);
    take_rows(out.receiver,
              read_rows(answer, first + kReceiver, "opsmon.receiver", read_receiver_row), failed);
    take_rows(out.advice, read_rows(answer, first + kAdvice, "opsmon.advice", read_advice_row),
              failed);
    take_rows(out.slow, read_rows(answer, first + kSlow, "opsmon.slow_queries", read_slow_row),
              failed);
    out.error = failed ? "" : failed.error().message;
    return out;
}

} // namespace opsmon::postgres
