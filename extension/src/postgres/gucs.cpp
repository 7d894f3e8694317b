#include "postgres/gucs.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "utils/guc.h"
OPSMON_PG_HEADERS_END

namespace opsmon::gucs {

char* database = nullptr;
int sample_interval_ms = 10'000;
int guard_interval_ms = 1'000;
int history_retention_min = 30 * 24 * 60;

void define() {
    DefineCustomStringVariable(
        /* name */ "opsmon.database",
        /* short_desc */ "Database in which the sampler connects and writes its history.",
        /* long_desc */
        "CREATE EXTENSION opsmon is needed there. A change makes the sampler "
        "reconnect.",
        &database,
        /* boot value */ "postgres", PGC_SIGHUP, 0, nullptr, nullptr, nullptr);

    DefineCustomIntVariable(
        /* name */ "opsmon.sample_interval",
        /* short_desc */ "Time between two samples of replication, WAL files and activity.",
        /* long_desc */ nullptr, &sample_interval_ms,
        /* boot, min, max */ 10'000, 100, 3'600'000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr,
        nullptr);

    DefineCustomIntVariable(
        /* name */ "opsmon.guard_interval",
        /* short_desc */ "Time between two looks of the guard at volumes, WAL and slots.",
        /* long_desc */ nullptr, &guard_interval_ms,
        /* boot, min, max */ 1'000, 5, 60'000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);

    DefineCustomIntVariable(
        /* name */ "opsmon.history_retention",
        /* short_desc */ "How long samples are kept in the history tables; 0 writes none.",
        /* long_desc */ nullptr, &history_retention_min,
        /* boot, min, max */ 30 * 24 * 60, 0, 3660 * 24 * 60, PGC_SIGHUP, GUC_UNIT_MIN, nullptr,
        nullptr, nullptr);

    MarkGUCPrefixReserved("opsmon");
}

} // namespace opsmon::gucs
