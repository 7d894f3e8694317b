// The guard: looks at the volumes, the WAL positions and the slots every opsmon.guard_interval,
// decides how alarmed to be about each volume, and publishes both. It has no database connection,
// opens no transaction and waits for nobody, so that it still sees when nobody else can work.

#include "postgres/gucs.hpp"
#include "postgres/compat.hpp"
#include "postgres/sense.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "storage/ipc.h"
#include "utils/memutils.h"
OPSMON_PG_HEADERS_END

namespace opsmon {
namespace {

// Two samples in turn, the newest and the one before: too large for the stack, needed all the time.
constinit core::GuardSample samples[2]{};

constinit core::GuardMemory memory{};
constinit core::EventLog events{};

struct Tick {
    core::TimeUs at;
    core::TimeUs steady_at;
    core::GuardSample* now;
    const core::GuardSample* before;
};

void sense_all(Tick& tick) {
    tick.now->sampled_at = tick.at;
    sense::wal_position(tick.now->wal);
    sense::volumes(tick.now->volumes);
    tick.now->reusable_bytes = sense::reusable_wal(tick.now->wal);
    tick.now->oldest_unarchived_lsn = pg_atomic_read_u64(&shmem::state()->oldest_unarchived_lsn);
    if (!sense::slots(*tick.now)) {
        // Being changed right now: what was known stays, as old as it is, and counts as no look.
        tick.now->slots_sampled_at = tick.before->slots_sampled_at;
        tick.now->slot_count = tick.before->slot_count;
        tick.now->slots_omitted = tick.before->slots_omitted;
        memcpy(tick.now->slots, tick.before->slots, tick.before->slot_count * sizeof(core::Slot));
        return;
    }
    tick.now->slots_sampled_at = tick.at;
    core::observe_slots(tick.before->slots, tick.before->slot_count, tick.now->slots,
                        tick.now->slot_count, core::current_lsn(tick.now->wal), tick.at);
}

core::GuardSettings settings() {
    core::GuardSettings result{};
    result.on = gucs::guard_mode != static_cast<int>(gucs::GuardMode::Off);
    for (std::size_t i = 0; i < core::kRungs; ++i) {
        result.wanted.free_bytes[i] =
            static_cast<core::Bytes>(gucs::free_mb[i]) * core::kBytesPerMiB;
    }
    result.wal_keep_bytes = static_cast<core::Bytes>(wal_keep_size_mb) * core::kBytesPerMiB;
    result.max_wal_bytes = static_cast<core::Bytes>(max_wal_size_mb) * core::kBytesPerMiB;
    return result;
}

unsigned long long in_mb(core::Bytes bytes) {
    return static_cast<unsigned long long>(bytes / core::kBytesPerMiB);
}

// One line for each change, so that the server's own log tells the story when nothing else does.
void log_event(const core::GuardEvent& event) {
    char holder[160] = "";
    if (event.has_holder) {
        snprintf(holder, sizeof holder, "; %s%s%s holds %llu MB of WAL",
                 core::name_of(event.holder), event.holder_name.empty() ? "" : " ",
                 event.holder_name.bytes, in_mb(event.holder_bytes));
    }
    char full_in[64] = "";
    if (event.full_in) {
        snprintf(full_in, sizeof full_in, ", full in %lld s",
                 static_cast<long long>(*event.full_in / core::kUsPerSecond));
    }
    ereport(LOG, (errmsg("opsmon guard: %s volume: %s (was %s): %llu of %llu MB usable%s%s",
                         core::name_of(event.volume), core::row_of(event.to).name,
                         core::row_of(event.from).name, in_mb(event.usable_bytes),
                         in_mb(event.size_bytes), full_in, holder)));
}

void judge(Tick& tick) {
    const std::uint64_t last_number = events.last_number;
    core::judge(*tick.now, settings(), tick.steady_at, memory, events);
    if (events.last_number == last_number) {
        return;
    }
    shmem::state()->events.publish(events);
    for (std::uint32_t i = 0; i < events.count; ++i) {
        if (events.events[i].number > last_number) {
            log_event(events.events[i]);
        }
    }
}

void run_tick(void* argument) {
    Tick& tick = *static_cast<Tick*>(argument);
    sense_all(tick);
    if (tick.now->slots_sampled_at == 0) {
        return; // never read yet: "no slots" would be a lie
    }
    judge(tick);
    shmem::state()->guard.publish(*tick.now, core::used_bytes(*tick.now));
}

// A guard that was ended and started again stands where it stood; after a crash of the server the
// shared memory is new, and so is the guard.
void resume(core::GuardSample& before) {
    core::start(memory);
    if (!shmem::state()->events.read(events)) {
        events.began_at = worker::now();
    }
    if (shmem::state()->guard.read(before)) {
        for (std::size_t i = 0; i < core::kVolumeKinds; ++i) {
            memory.ladders[i].rung = before.verdicts[i].rung;
        }
    }
}

} // namespace
} // namespace opsmon

extern "C" void opsmon_guard_main(Datum) {
    using namespace opsmon;

    worker::install_signal_handlers(worker::Waits::OnlyHere);
    worker::Account account;
    account.open(shmem::state()->guard_status);
    resume(samples[1]);
    sense::locate_volumes(samples[0].volumes);
    sense::locate_volumes(samples[1].volumes);
    MemoryContext context =
        AllocSetContextCreate(TopMemoryContext, "opsmon guard tick", ALLOCSET_DEFAULT_SIZES);
    const uint32 idle = compat::wait_event("OpsmonGuardMain");

    std::size_t current = 0;
    do {
        Tick tick{worker::now(), worker::steady_now(), &samples[current], &samples[1 - current]};
        memcpy(tick.now->verdicts, tick.before->verdicts, sizeof tick.now->verdicts);
        if (account.run(run_tick, &tick, context, StepTransaction::None)) {
            current = 1 - current;
        }
    } while (worker::wait(gucs::guard_interval_ms, idle));
    // Never 0: the postmaster would not start the guard again.
    proc_exit(1);
}
