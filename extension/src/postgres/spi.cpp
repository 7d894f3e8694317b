#include "postgres/spi.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xact.h"
#include "pgstat.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/pg_lsn.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
OPSMON_PG_HEADERS_END

namespace opsmon::spi {
namespace {

bool cell(std::uint64_t row, int column, Datum& value) {
    bool is_null = false;
    value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &is_null);
    return !is_null;
}

[[noreturn]] void fail(int result) {
    ereport(ERROR,
            (errmsg("opsmon: a query of its own failed: %s", SPI_result_code_string(result))));
    pg_unreachable();
}

} // namespace

void begin(const char* activity) {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    SPI_connect();
    PushActiveSnapshot(GetTransactionSnapshot());
    pgstat_report_activity(STATE_RUNNING, activity);
}

void commit() {
    SPI_finish();
    PopActiveSnapshot();
    CommitTransactionCommand();
    pgstat_report_stat(false);
    pgstat_report_activity(STATE_IDLE, nullptr);
}

std::uint64_t select(Statement& statement, Datum* values) {
    if (statement.plan == nullptr) {
        SPIPlanPtr plan = SPI_prepare(statement.query, statement.parameter_count, statement.types);
        if (plan == nullptr || SPI_keepplan(plan) != 0) {
            fail(SPI_result);
        }
        statement.plan = plan;
    }
    const int result = SPI_execute_plan(statement.plan, values, /* nulls */ nullptr,
                                        /* read_only */ false, /* all rows */ 0);
    if (result != SPI_OK_SELECT) {
        fail(result);
    }
    return SPI_processed;
}

const char* text_cell(std::uint64_t row, int column) {
    Datum value;
    return cell(row, column, value) ? TextDatumGetCString(value) : "";
}

std::int32_t int32_cell(std::uint64_t row, int column) {
    Datum value;
    return cell(row, column, value) ? DatumGetInt32(value) : 0;
}

std::optional<std::int64_t> int64_cell(std::uint64_t row, int column) {
    Datum value;
    return cell(row, column, value) ? std::optional(DatumGetInt64(value)) : std::nullopt;
}

core::Lsn lsn_cell(std::uint64_t row, int column) {
    Datum value;
    return cell(row, column, value) ? DatumGetLSN(value) : core::kUnknownLsn;
}

core::TimeUs time_cell(std::uint64_t row, int column) {
    Datum value;
    return cell(row, column, value) ? DatumGetTimestampTz(value) : 0;
}

std::optional<std::int64_t> interval_us_cell(std::uint64_t row, int column) {
    Datum value;
    if (!cell(row, column, value)) {
        return std::nullopt;
    }
    const Interval* interval = DatumGetIntervalP(value);
    return interval->time + interval->day * USECS_PER_DAY;
}

} // namespace opsmon::spi
