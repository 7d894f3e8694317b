#include "postgres/sense.hpp"

#include "postgres/gucs.hpp"
#include "postgres/spi.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "catalog/pg_type_d.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {
namespace {

// Statements of clients: what replicates or maintains runs for ever, or as long as it takes. The
// longest come first, so that what does not fit is the least.
constinit spi::Statement statement{
    "SELECT a.pid, a.query_start, a.datname::pg_catalog.text, a.usename::pg_catalog.text,"
    " a.application_name, pg_catalog.host(a.client_addr), a.wait_event_type, a.wait_event,"
    " a.query_id, CASE WHEN $2 THEN a.query END"
    " FROM pg_catalog.pg_stat_activity a"
    " WHERE a.backend_type OPERATOR(pg_catalog.=) 'client backend'"
    " AND a.state OPERATOR(pg_catalog.=) ANY ('{active,fastpath function call}')"
    " AND a.query_start OPERATOR(pg_catalog.<=) $1"
    " ORDER BY a.query_start, a.pid LIMIT 64",
    2,
    {TIMESTAMPTZOID, BOOLOID}};
static_assert(core::kSlowQueriesMax == 64);

void run_query(core::TimeUs now) {
    Datum values[] = {
        Int64GetDatum(now - static_cast<core::TimeUs>(gucs::slow_query_threshold_ms) * 1000),
        BoolGetDatum(gucs::slow_query_text)};
    (void)spi::select(statement, values);
}

void fill(core::SlowQuery& query, std::uint64_t row) {
    query = core::SlowQuery{};
    query.pid = spi::int32_cell(row, 1);
    query.began_at = spi::time_cell(row, 2);
    query.database.assign(spi::text_cell(row, 3));
    query.username.assign(spi::text_cell(row, 4));
    query.application_name.assign(spi::text_cell(row, 5));
    query.client_addr.assign(spi::text_cell(row, 6));
    query.wait_event_type.assign(spi::text_cell(row, 7));
    query.wait_event.assign(spi::text_cell(row, 8));
    query.query_id = spi::int64_cell(row, 9).value_or(0);
    query.text.assign(spi::text_cell(row, 10));
}

} // namespace

void slow_queries(core::SlowQueries& memory) {
    const core::TimeUs now = worker::now();
    const core::TimeUs steady_now = worker::steady_now();
    core::forget_old(memory, steady_now);
    if (!gucs::slow_query_text) {
        core::forget_texts(memory);
    }
    if (gucs::slow_query_threshold_ms < 0) {
        return;
    }
    run_query(now);
    for (std::uint64_t row = 0; row < SPI_processed; ++row) {
        core::SlowQuery query;
        fill(query, row);
        query.seen_at = now;
        query.seen_steady_us = steady_now;
        core::note(memory, query);
    }
}

} // namespace opsmon::sense
