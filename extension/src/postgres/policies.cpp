#include "postgres/policies.hpp"

#include "postgres/extension_lock.hpp"
#include "postgres/shmem.hpp"
#include "postgres/spi.hpp"
#include "postgres/tick.hpp"
#include "postgres/worker.hpp"

namespace opsmon::policies {
namespace {

constinit core::PolicyTable table{};
constinit core::Message last_error{};

// One row more than fits, to know that something was left out.
constexpr const char* kQuery =
    "SELECT c.name, c.policy, c.max_retained FROM opsmon.consumers c"
    " WHERE c.kind OPERATOR(pg_catalog.=) 'slot'"
    " ORDER BY c.policy OPERATOR(pg_catalog.=) 'protect' DESC, c.name LIMIT 1025";
static_assert(core::kPolicyRowsMax == 1024);

void read_rows() {
    const std::uint64_t rows = spi::select(kQuery);
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

bool load(MemoryContext context) {
    bool exists = false;
    if (!run_step(load_in_transaction, &exists, context, StepTransaction::MayHaveOne, last_error) ||
        !exists) {
        return false;
    }
    table.loaded_at = worker::now();
    table.loaded_steady_us = worker::steady_now();
    shmem::state()->policies.publish(table, core::used_bytes(table));
    return true;
}

} // namespace opsmon::policies
