// The reclaimer: does for the guard whatever may have to wait. It carries out the guard's orders,
// reads what cannot be read without a disk, keeps the ballast, and writes the ledger to the
// server's log. It has no database connection. Should it be stuck, the guard sees that, and fences.

#include "postgres/ballast.hpp"
#include "postgres/ballast_keeper.hpp"
#include "postgres/compat.hpp"
#include "postgres/event_lines.hpp"
#include "postgres/free_wal.hpp"
#include "postgres/gucs.hpp"
#include "postgres/orders.hpp"
#include "postgres/sense.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "utils/memutils.h"
OPSMON_PG_HEADERS_END

namespace opsmon {
namespace {

constexpr long kLookEveryMs = 1'000;

constinit core::SlowFacts slow_facts{};
constinit ballast::Keeper keeper{};

// Errors of the several things that are done, each with its own memory: a lasting one is logged
// once.
struct Errors {
    core::Message order;
    core::Message facts;
};
constinit Errors errors{};

void read_slow_facts(void*) {
    const auto segment_bytes = static_cast<core::Bytes>(wal_segment_size);
    slow_facts.oldest_wal_lsn = free_wal::oldest_lsn();
    slow_facts.oldest_unarchived_lsn = sense::oldest_unarchived(segment_bytes);
    slow_facts.oldest_unsummarized_lsn = compat::oldest_unsummarized_lsn();
    slow_facts.ballast_bytes[core::kWalVolume] = ballast::size_of(core::VolumeKind::Wal);
    slow_facts.ballast_bytes[core::kDataVolume] = ballast::size_of(core::VolumeKind::Data);
    sense::tablespaces(slow_facts);
    slow_facts.read_steady_us = worker::steady_now();
    shmem::state()->slow_facts.publish(slow_facts, core::used_bytes(slow_facts));
}

// Twice as often as the sampler, but neither more than once a second nor less than each ten.
core::TimeUs facts_interval_us() {
    const long interval_ms = Max(kLookEveryMs, Min(10'000L, gucs::sample_interval_ms / 2L));
    return static_cast<core::TimeUs>(interval_ms) * 1000;
}

void leave(int, Datum) {
    pg_atomic_write_u32(&shmem::state()->reclaimer_process, 0);
}

void publish_account(worker::Account& account, bool succeeded) {
    core::Message* last_error = &account.status.last_error;
    last_error->bytes[0] = '\0';
    for (const core::Message* error :
         {&errors.order, &errors.facts, &keeper.errors[0], &keeper.errors[1]}) {
        if (last_error->empty()) {
            *last_error = *error;
        }
    }
    ++account.status.ticks;
    account.status.failures += succeeded ? 0 : 1;
    account.status.last_tick_at = worker::now();
    account.published->publish(account.status);
}

// One look: orders first, because somebody waits for them.
void look(worker::Account& account, MemoryContext context, core::TimeUs& facts_due) {
    bool succeeded = true;
    log_new_events();
    if (orders::carry_out_newest(context, errors.order)) {
        succeeded = errors.order.empty();
        facts_due = 0;
    }
    if (ballast::keep(keeper, context)) {
        facts_due = 0;
    }
    if (const core::TimeUs now = worker::steady_now(); now >= facts_due) {
        succeeded &=
            run_step(read_slow_facts, nullptr, context, StepTransaction::None, errors.facts);
        facts_due = now + facts_interval_us();
    }
    publish_account(account, succeeded);
    log_new_events();
}

} // namespace
} // namespace opsmon

extern "C" void opsmon_reclaimer_main(Datum) {
    using namespace opsmon;

    worker::install_signal_handlers(worker::Waits::Elsewhere);
    worker::Account account;
    account.open(shmem::state()->reclaimer_status);
    before_shmem_exit(leave, static_cast<Datum>(0));
    pg_atomic_write_u32(&shmem::state()->reclaimer_process, compat::place_of(*MyProc) + 1);
    MemoryContext context =
        AllocSetContextCreate(TopMemoryContext, "opsmon reclaimer", ALLOCSET_DEFAULT_SIZES);
    const uint32 idle = compat::wait_event("OpsmonReclaimerMain");
    orders::close_interrupted();
    ballast::start(keeper);

    core::TimeUs facts_due = 0;
    do {
        look(account, context, facts_due);
    } while (worker::wait(kLookEveryMs, idle));
    // Never 0: the postmaster would not start the reclaimer again.
    proc_exit(1);
}
