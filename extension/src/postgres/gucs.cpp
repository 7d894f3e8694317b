#include "postgres/gucs.hpp"

#include "postgres/compat.hpp"

#include <limits.h>

OPSMON_PG_HEADERS_BEGIN
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/varlena.h"
OPSMON_PG_HEADERS_END

namespace opsmon::gucs {

char* database = nullptr;
int sample_interval_ms = 10'000;
int guard_interval_ms = 1'000;
int history_retention_min = 30 * 24 * 60;
int slow_query_threshold_ms = 5'000;
bool slow_query_text = true;
int guard_mode = static_cast<int>(core::GuardMode::Observe);
bool rung_acts[core::kRungs] = {};
int stall_time_s = 60;
int stall_mb = 256;
int consumer_grace_s = 30;
int fence_wait_ms = 2'000;
char* fence_exempt_roles = nullptr;
int ballast_mb = -1;
int archiver_policy = static_cast<int>(ArchiverPolicy::Keep);
int free_mb[core::kRungs] = {};

namespace {

char* guard_rungs = nullptr;

constexpr config_enum_entry kGuardModes[] = {
    {"off", static_cast<int>(core::GuardMode::Off), false},
    {"observe", static_cast<int>(core::GuardMode::Observe), false},
    {"enforce", static_cast<int>(core::GuardMode::Enforce), false},
    {nullptr, 0, false},
};

constexpr config_enum_entry kArchiverPolicies[] = {
    {"keep", static_cast<int>(ArchiverPolicy::Keep), false},
    {"discard", static_cast<int>(ArchiverPolicy::Discard), false},
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

// Which rungs a list names; false, with the reason for the user, when it names something else.
bool parse_rungs(const char* list, bool (&acts)[core::kRungs]) {
    List* names = NIL;
    char* copy = pstrdup(list);
    if (!SplitIdentifierString(copy, ',', &names)) {
        GUC_check_errdetail("List syntax is invalid.");
        return false;
    }
    ListCell* cell;
    foreach (cell, names) {
        const char* name = static_cast<const char*>(lfirst(cell));
        std::size_t rung = static_cast<std::size_t>(core::Rung::Relieve);
        while (rung < core::kRungs &&
               strcmp(core::row_of(static_cast<core::Rung>(rung)).name, name) != 0) {
            ++rung;
        }
        if (rung == core::kRungs) {
            GUC_check_errdetail("\"%s\" is not a rung that acts.", name);
            GUC_check_errhint("Available are relieve, evict, fence and rescue.");
            return false;
        }
        acts[rung] = true;
    }
    list_free(names);
    pfree(copy);
    return true;
}

bool check_rungs(char** value, void** extra, GucSource) {
    bool acts[core::kRungs] = {};
    if (!parse_rungs(*value, acts)) {
        return false;
    }
    *extra = compat::guc_memory(sizeof acts);
    if (*extra == nullptr) {
        return false;
    }
    memcpy(*extra, acts, sizeof acts);
    return true;
}

void assign_rungs(const char*, void* extra) {
    memcpy(rung_acts, extra, sizeof rung_acts);
}

bool check_roles(char** value, void**, GucSource) {
    List* names = NIL;
    if (!SplitIdentifierString(pstrdup(*value), ',', &names)) {
        GUC_check_errdetail("List syntax is invalid.");
        return false;
    }
    return true;
}

constexpr int kBallastLeastMb = 64;

bool check_ballast(int* value, void**, GucSource) {
    if (*value > 0 && *value < kBallastLeastMb) {
        GUC_check_errdetail("A ballast of less than %d MB would not carry a recovery.",
                            kBallastLeastMb);
        GUC_check_errhint("-1 sizes it to the volume, 0 keeps none.");
        return false;
    }
    return true;
}

void define_guard_mode() {
    DefineCustomEnumVariable(
        /* name */ "opsmon.guard",
        /* short_desc */ "What the guard may do: nothing, decide and tell, or act.",
        /* long_desc */
        "In observe it takes the same decisions as in enforce, and the ledger says what "
        "would have been done.",
        &guard_mode,
        /* boot */ static_cast<int>(core::GuardMode::Observe), kGuardModes, PGC_SIGHUP, 0, nullptr,
        nullptr, nullptr);
    DefineCustomStringVariable(
        /* name */ "opsmon.guard_rungs",
        /* short_desc */ "Rungs of the ladder that may act when opsmon.guard is enforce.",
        /* long_desc */ "The others decide and tell.", &guard_rungs,
        /* boot */ "relieve, evict, fence, rescue", PGC_SIGHUP, GUC_LIST_INPUT, check_rungs,
        assign_rungs, nullptr);
    for (const FreeSetting& setting : kFreeSettings) {
        DefineCustomIntVariable(
            setting.name, setting.short_desc,
            /* long_desc */ "0 is the default share of the volume; see opsmon.guard_ladder.",
            &free_mb[static_cast<std::size_t>(setting.rung)],
            /* boot, min, max */ 0, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MB, nullptr, nullptr, nullptr);
    }
}

void define_consumers() {
    DefineCustomIntVariable(
        /* name */ "opsmon.stall_time",
        /* short_desc */ "How long a consumer's position must stand still to call it stalled.",
        /* long_desc */ "A slot that nobody uses for as long counts as unused.", &stall_time_s,
        /* boot, min, max */ 60, 1, 24 * 3600, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        /* name */ "opsmon.stall_bytes",
        /* short_desc */ "WAL that must be written meanwhile to call a consumer stalled.",
        /* long_desc */ nullptr, &stall_mb,
        /* boot, min, max */ 256, 1, INT_MAX, PGC_SIGHUP, GUC_UNIT_MB, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        /* name */ "opsmon.consumer_grace",
        /* short_desc */ "How long a consumer may be away before it counts as vanished.",
        /* long_desc */
        "For ten times as long after a start or a promotion nobody counts as vanished.",
        &consumer_grace_s,
        /* boot, min, max */ 30, 1, 24 * 3600, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable(
        /* name */ "opsmon.archiver_policy",
        /* short_desc */ "Whether WAL that is not archived may be given up before a fence comes.",
        /* long_desc */ "discard tears a hole into the archive: a new base backup is then needed.",
        &archiver_policy,
        /* boot */ static_cast<int>(ArchiverPolicy::Keep), kArchiverPolicies, PGC_SIGHUP, 0,
        nullptr, nullptr, nullptr);
}

void define_fence() {
    DefineCustomIntVariable(
        /* name */ "opsmon.fence_wait",
        /* short_desc */ "How long a statement waits for room under the fence before it fails.",
        /* long_desc */ nullptr, &fence_wait_ms,
        /* boot, min, max */ 2'000, 100, 60'000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr,
        nullptr);
    DefineCustomStringVariable(
        /* name */ "opsmon.fence_exempt_roles",
        /* short_desc */ "Roles that work as usual under the fence.",
        /* long_desc */
        "Judged by the role that logged in; the word superusers stands for all of them.",
        &fence_exempt_roles,
        /* boot */ "superusers", PGC_SIGHUP, GUC_LIST_INPUT, check_roles, nullptr, nullptr);
    DefineCustomIntVariable(
        /* name */ "opsmon.ballast_size",
        /* short_desc */ "Size of the file that is given up when the volume is full.",
        /* long_desc */
        "-1 sizes it to the volume, 0 keeps none. There is one only where rescue may act.",
        &ballast_mb,
        /* boot, min, max */ -1, -1, INT_MAX, PGC_SIGHUP, GUC_UNIT_MB, check_ballast, nullptr,
        nullptr);
}

void define_slow_queries() {
    DefineCustomIntVariable(
        /* name */ "opsmon.slow_query_threshold",
        /* short_desc */ "How long a statement must run to be shown as slow, and remembered.",
        /* long_desc */ "0 takes all that run when the sampler looks, -1 none.",
        &slow_query_threshold_ms,
        /* boot, min, max */ 5'000, -1, INT_MAX, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr,
        nullptr);
    DefineCustomBoolVariable(
        /* name */ "opsmon.slow_query_text",
        /* short_desc */ "Whether opsmon keeps and shows the texts of statements.",
        /* long_desc */ "Off also empties what is kept, at the sampler's next look.",
        &slow_query_text,
        /* boot */ true, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
}

} // namespace

core::GuardMode mode() {
    return static_cast<core::GuardMode>(guard_mode);
}

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

    define_slow_queries();
    define_guard_mode();
    define_consumers();
    define_fence();

    MarkGUCPrefixReserved("opsmon");
}

} // namespace opsmon::gucs
