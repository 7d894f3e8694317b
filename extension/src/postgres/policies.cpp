#include "postgres/policies.hpp"

#include "postgres/extension_lock.hpp"
#include "postgres/gucs.hpp"
#include "postgres/shmem.hpp"
#include "postgres/spi.hpp"
#include "postgres/tick.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xact.h"
#include "commands/dbcommands.h"
#include "commands/trigger.h"
#include "miscadmin.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_consumers_changed);
}

namespace opsmon::policies {
namespace {

constexpr core::TimeUs kLoadEveryUs = 10 * core::kUsPerSecond;

// Of the sampler: when to load next.
constinit core::TimeUs due = 0;

// Of a session that writes into the table.
bool is_registered = false;
bool has_changed_something = false;

bool changed_since(core::TimeUs steady_us) {
    return static_cast<core::TimeUs>(
               pg_atomic_read_u64(&shmem::state()->consumers_changed_steady_us)) >= steady_us;
}

// Two may commit at once, and the later must not be taken back.
void note_change(uint64 steady_us) {
    pg_atomic_uint64& changed = shmem::state()->consumers_changed_steady_us;
    uint64 before = pg_atomic_read_u64(&changed);
    while (before < steady_us && !pg_atomic_compare_exchange_u64(&changed, &before, steady_us)) {
    }
}

void on_transaction(XactEvent event, void*) {
    if (!has_changed_something) {
        return;
    }
    switch (event) {
    case XACT_EVENT_PRE_PREPARE:
        // Whoever commits it later has not changed anything, and nobody would hear of it.
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot PREPARE a transaction that has changed opsmon.consumers"),
                        errhint("Change it in a transaction of its own.")));
    case XACT_EVENT_COMMIT:
        note_change(static_cast<uint64>(worker::steady_now()));
        shmem::wake(shmem::state()->sampler_process);
        has_changed_something = false;
        return;
    case XACT_EVENT_ABORT:
        has_changed_something = false;
        return;
    default:
        return;
    }
}

// The extension may be in several databases, the guard reads one. Who writes as a replica does is
// no person.
void warn_if_not_read_here() {
    if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA) {
        return;
    }
    const char* here = get_database_name(MyDatabaseId);
    if (here != nullptr && strcmp(here, gucs::database) != 0) {
        ereport(WARNING,
                (errmsg("the guard does not read opsmon.consumers in database \"%s\"", here),
                 errhint("It goes by what is said in database \"%s\" (opsmon.database).",
                         gucs::database)));
    }
}

constinit core::PolicyTable table{};
constinit core::Message last_error{};

// One row more than fits, to know that something was left out. What was learned and says no more
// than a slot without a row takes no room.
constinit spi::Statement statement{
    "SELECT c.name, c.policy, c.max_retained,"
    " CASE WHEN c.updated_at IS NULL THEN 1 ELSE 0 END::pg_catalog.int8 FROM opsmon.consumers c"
    " WHERE c.kind OPERATOR(pg_catalog.=) 'slot'"
    " AND (c.policy OPERATOR(pg_catalog.<>) 'ask' OR c.updated_at IS NOT NULL"
    "      OR c.max_retained IS NOT NULL)"
    " ORDER BY c.policy OPERATOR(pg_catalog.=) 'protect' DESC, c.name LIMIT 1025"};
static_assert(core::kPolicyRowsMax == 1024);

void read_rows() {
    const std::uint64_t rows = spi::select(statement);
    table.count = 0;
    table.omitted = 0;
    for (std::uint64_t i = 0; i < rows; ++i) {
        if (table.count == core::kPolicyRowsMax) {
            ++table.omitted;
            continue;
        }
        core::PolicyRow& row = table.rows[table.count++];
        row = core::PolicyRow{};
        row.slot.assign(spi::text_cell(i, 1));
        // What this library does not know is not permission.
        row.policy = core::policy_named(spi::text_cell(i, 2)).value_or(core::Policy::Protect);
        const std::optional<std::int64_t> most = spi::int64_cell(i, 3);
        row.has_max_retained = most.has_value();
        row.max_retained_bytes = static_cast<core::Bytes>(most.value_or(0));
        row.is_guess = spi::int64_cell(i, 4) == 1;
    }
    core::sort_rows(table);
}

void load_in_transaction(void* argument) {
    bool& exists = *static_cast<bool*>(argument);
    spi::begin("opsmon: loading policies");
    exists = hold_extension();
    if (exists) {
        read_rows();
    }
    spi::commit();
}

} // namespace

void keep_loaded(MemoryContext context) {
    const core::TimeUs now = worker::steady_now();
    if (now < due && !changed_since(table.loaded_steady_us)) {
        return;
    }
    due = now + kLoadEveryUs;
    bool exists = false;
    if (!run_step(load_in_transaction, &exists, context, StepTransaction::MayHaveOne, last_error) ||
        !exists) {
        return;
    }
    table.loaded_at = worker::now();
    // Before the table was looked at: what was committed in the meantime may not be in it.
    table.loaded_steady_us = now;
    shmem::state()->policies.publish(table, core::used_bytes(table));
}

bool read(core::PolicyTable& into) {
    return shmem::state()->policies.read(into) && !changed_since(into.loaded_steady_us);
}

} // namespace opsmon::policies

using namespace opsmon;

// Takes effect with the transaction: see on_transaction().
Datum opsmon_consumers_changed(PG_FUNCTION_ARGS) {
    if (!CALLED_AS_TRIGGER(fcinfo)) {
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("opsmon.consumers_changed() is a trigger function")));
    }
    if (!policies::is_registered) {
        RegisterXactCallback(policies::on_transaction, nullptr);
        policies::is_registered = true;
    }
    policies::has_changed_something = true;
    policies::warn_if_not_read_here();
    return PointerGetDatum(nullptr);
}
