#include "postgres/gucs.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "utils/guc.h"
OPSMON_PG_HEADERS_END

namespace opsmon::gucs {

char* database = nullptr;
int sample_interval_ms = 10'000;
int guard_interval_ms = 1'000;
int history_retention_min = 30 * 24 * 60;
int guard_mode = static_cast<int>(GuardMode::Observe);
int free_mb[core::kRungs] = {};

namespace {

constexpr config_enum_entry kGuardModes[] = {
    {"off", static_cast<int>(GuardMode::Off), false},
    {"observe", static_cast<int>(GuardMode::Observe), false},
    {nullptr, 0, false},
};

struct FreeSetting {
    core::Rung rung;
    const char* name;
    const char* short_desc;
};

constexpr FreeSetting kFreeSettings[] = {
    {core::Rung::Watch, "opsmon.watch_free", "Free space below which the guard tells people."},
    {core::Rung::Relieve, "opsmon.relieve_free",
     "Free space below which a checkpoint would be asked for."},
    {core::Rung::Evict, "opsmon.evict_free", "Free space below which a consumer would be taken."},
    {core::Rung::Fence, "opsmon.fence_free", "Free space below which writes would be stopped."},
    {core::Rung::Rescue, "opsmon.rescue_free",
     "Free space below which the ballast would be released."},
};

void define_guard() {
    DefineCustomEnumVariable(
        /* name */ "opsmon.guard",
        /* short_desc */ "What the guard does: nothing, or watch the volumes and decide.",
        /* long_desc */ "This version decides and tells; it does not act.", &guard_mode,
        /* boot */ static_cast<int>(GuardMode::Observe), kGuardModes, PGC_SIGHUP, 0, nullptr,
        nullptr, nullptr);
    for (const FreeSetting& setting : kFreeSettings) {
        DefineCustomIntVariable(
            setting.name, setting.short_desc,
            /* long_desc */ "0 is the default share of the volume; see opsmon.guard_ladder.",
            &free_mb[static_cast<std::size_t>(setting.rung)],
            /* boot, min, max */ 0, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MB, nullptr, nullptr, nullptr);
    }
}

} // namespace

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

    define_guard();

    MarkGUCPrefixReserved("opsmon");
}

} // namespace opsmon::gucs
