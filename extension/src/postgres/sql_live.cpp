// The SQL functions of the live views that show what the sampler remembers of statements, and WAL
// that nobody holds. Like the other live functions they read the published copy only.

#include "core/guard.hpp"
#include "postgres/gucs.hpp"
#include "postgres/published_copy.hpp"
#include "postgres/shmem.hpp"
#include "postgres/sql_rows.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "utils/builtins.h"
#include "utils/timestamp.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_live_slow_queries);
PG_FUNCTION_INFO_V1(opsmon_live_unheld_wal);
PG_FUNCTION_INFO_V1(opsmon_slow_query_threshold);
PG_FUNCTION_INFO_V1(opsmon_shows_query_text);
PG_FUNCTION_INFO_V1(opsmon_readable);
PG_FUNCTION_INFO_V1(opsmon_shown_query);
}

namespace opsmon {
namespace {

void slow_query_row(Rows& rows, const core::SlowQuery& query) {
    rows.int4(query.pid)
        .time(query.began_at)
        .time(query.seen_at)
        .interval_us(core::duration_of(query))
        .text_or_null(query.database.bytes)
        .text_or_null(query.username.bytes)
        .text_or_null(query.application_name.bytes)
        .text_or_null(query.client_addr.bytes)
        .text_or_null(query.wait_event_type.bytes)
        .text_or_null(query.wait_event.bytes)
        .signed_int8(query.query_id != 0 ? std::optional(query.query_id) : std::nullopt)
        .text_or_null(gucs::slow_query_text ? query.text.bytes : nullptr)
        .end_row();
}

} // namespace
} // namespace opsmon

using namespace opsmon;

Datum opsmon_live_slow_queries(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::SlowQueries* memory = copy_of(shmem::state()->slow_queries)) {
        for (std::uint32_t i = 0; i < memory->count; ++i) {
            slow_query_row(rows, memory->queries[i]);
        }
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_unheld_wal(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::GuardSample* sample = copy_of(shmem::state()->guard)) {
        rows.int8(sample->reusable_bytes)
            .int8(core::unneeded_bytes(core::retention_facts(*sample), sample->oldest_wal_lsn))
            .time(sample->sampled_at)
            .end_row();
    }
    return static_cast<Datum>(0);
}

Datum opsmon_slow_query_threshold(PG_FUNCTION_ARGS) {
    if (gucs::slow_query_threshold_ms < 0) {
        PG_RETURN_NULL();
    }
    auto* interval = static_cast<Interval*>(palloc0(sizeof(Interval)));
    interval->time = static_cast<TimeOffset>(gucs::slow_query_threshold_ms) * 1000;
    PG_RETURN_INTERVAL_P(interval);
}

Datum opsmon_shows_query_text(PG_FUNCTION_ARGS) {
    (void)fcinfo;
    PG_RETURN_BOOL(gucs::slow_query_text);
}

Datum opsmon_readable(PG_FUNCTION_ARGS) {
    PG_RETURN_DATUM(readable_text(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

Datum opsmon_shown_query(PG_FUNCTION_ARGS) {
    if (!gucs::slow_query_text) {
        PG_RETURN_NULL();
    }
    core::QueryText shown;
    shown.assign(text_to_cstring(PG_GETARG_TEXT_PP(0)));
    PG_RETURN_DATUM(readable_text(shown.bytes));
}
