// The guard: looks at the WAL volume, the WAL positions and the slots every opsmon.guard_interval
// and publishes what it sees. It has no database connection, opens no transaction and waits for
// nobody, so that it still sees when nobody else can work.

#include "postgres/gucs.hpp"
#include "postgres/compat.hpp"
#include "postgres/sense.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "storage/ipc.h"
#include "utils/memutils.h"
OPSMON_PG_HEADERS_END

namespace opsmon {
namespace {

// Two samples in turn, the newest and the one before: too large for the stack, needed all the time.
constinit core::GuardSample samples[2]{};

struct Tick {
    core::TimeUs at;
    core::GuardSample* now;
    const core::GuardSample* before;
};

void sense_and_publish(void* argument) {
    Tick& tick = *static_cast<Tick*>(argument);
    tick.now->sampled_at = tick.at;
    sense::wal_position(tick.now->wal);
    sense::volumes(tick.now->volumes);
    if (!sense::slots(*tick.now)) {
        // Being changed right now: keep what was known, observed a moment longer.
        tick.now->slot_count = tick.before->slot_count;
        tick.now->slots_omitted = tick.before->slots_omitted;
        memcpy(tick.now->slots, tick.before->slots, tick.before->slot_count * sizeof(core::Slot));
    }
    core::observe_slots(tick.before->slots, tick.before->slot_count, tick.now->slots,
                        tick.now->slot_count, core::current_lsn(tick.now->wal), tick.at);
    shmem::state()->guard.publish(*tick.now, core::used_bytes(*tick.now));
}

} // namespace
} // namespace opsmon

extern "C" void opsmon_guard_main(Datum) {
    using namespace opsmon;

    worker::install_signal_handlers();
    worker::Account account;
    account.open(shmem::state()->guard_status);
    sense::locate_volumes(samples[0].volumes);
    sense::locate_volumes(samples[1].volumes);
    MemoryContext context =
        AllocSetContextCreate(TopMemoryContext, "opsmon guard tick", ALLOCSET_DEFAULT_SIZES);
    const uint32 idle = compat::wait_event("OpsmonGuardMain");

    std::size_t current = 0;
    do {
        Tick tick{worker::now(), &samples[current], &samples[1 - current]};
        if (account.run(sense_and_publish, &tick, context, StepTransaction::None)) {
            current = 1 - current;
        }
    } while (worker::wait(gucs::guard_interval_ms, idle));
    // Never 0: the postmaster would not start the guard again.
    proc_exit(1);
}
