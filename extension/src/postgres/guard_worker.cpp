// The guard: looks at the volumes, the WAL positions and the slots, decides how alarmed to be about
// each volume and what to do, and does the part that cannot wait: it raises and lowers the fence,
// ends what writes under it, and releases the ballast. What may have to wait it orders from the
// reclaimer. It has no database connection, opens no transaction and waits for nobody, so that it
// still sees, and acts, when nobody else can work.

#include "core/act.hpp"
#include "postgres/gucs.hpp"
#include "postgres/ballast.hpp"
#include "postgres/compat.hpp"
#include "postgres/fence.hpp"
#include "postgres/guard_settings.hpp"
#include "postgres/policies.hpp"
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

// Two samples in turn, the newest and the one before: too large for the stack, needed all the time.
constinit core::GuardSample samples[2]{};

constinit core::GuardMemory memory{};
constinit core::ActMemory act_memory{};
constinit core::EventLog events{};
constinit core::PolicyTable policy_table{};
constinit core::SlowFacts slow_facts{};
constinit core::TimeUs reports_counted_since = 0;
constinit unsigned reports_taken = 0; // since then

struct Tick {
    core::TimeUs at;
    core::TimeUs steady_at;
    core::GuardSample* now;
    const core::GuardSample* before;
    core::TimeUs next_look_us;
};

// --- sensing -------------------------------------------------------------------------------------

// What the reclaimer has read: old facts are none.
void take_slow_facts(Tick& tick) {
    core::GuardSample& sample = *tick.now;
    sample.volume_count = core::kVolumeKinds;
    sample.tablespaces_omitted = 0;
    // The server's own account is of this moment, but empty until it has removed something.
    const XLogSegNo last_removed = XLogGetLastRemovedSegno();
    sample.oldest_wal_lsn =
        last_removed != 0 ? (last_removed + 1) * sample.wal.segment_bytes : core::kUnknownLsn;
    sample.oldest_unarchived_lsn = core::kUnknownLsn;
    sample.oldest_unsummarized_lsn = core::kUnknownLsn;
    for (std::optional<core::Bytes>& bytes : sample.ballast_bytes) {
        bytes.reset();
    }
    sample.slow_facts_known = shmem::state()->slow_facts.read(slow_facts) &&
                              tick.steady_at - slow_facts.read_steady_us <= core::kSlowFactsStaleUs;
    if (!sample.slow_facts_known) {
        return;
    }
    if (sample.oldest_wal_lsn == core::kUnknownLsn) {
        sample.oldest_wal_lsn = slow_facts.oldest_wal_lsn;
    }
    sample.oldest_unarchived_lsn = slow_facts.oldest_unarchived_lsn;
    sample.oldest_unsummarized_lsn = slow_facts.oldest_unsummarized_lsn;
    for (std::size_t i = 0; i < core::kVolumeKinds; ++i) {
        sample.ballast_bytes[i] = slow_facts.ballast_bytes[i];
    }
    sample.tablespaces_omitted = slow_facts.tablespaces_omitted;
    for (std::uint32_t i = 0; i < slow_facts.tablespace_count; ++i) {
        const std::uint32_t place = sample.volume_count++;
        sample.volumes[place] = slow_facts.tablespaces[i];
        if (!tick.before->volumes[place].tablespace.equals(sample.volumes[place].tablespace)) {
            memory.ladders[place] = core::LadderState{};
            sample.verdicts[place] = core::VolumeVerdict{};
        }
    }
}

void sense_all(Tick& tick) {
    tick.now->sampled_at = tick.at;
    sense::wal_position(tick.now->wal);
    tick.now->archiver_rests = sense::archiver_rests();
    sense::volumes(tick.now->volumes);
    tick.now->reusable_bytes = sense::reusable_wal(tick.now->wal);
    take_slow_facts(tick);
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
                        tick.now->slot_count, core::current_lsn(tick.now->wal),
                        guard_settings().stall.wal_bytes, tick.at, tick.steady_at);
}

// --- telling -------------------------------------------------------------------------------------

// What others have to say comes with what they know; the rest is of this moment. So many a second,
// because they are written down only with the next sample, and the oldest make room for new ones:
// whoever does more by hand waits.
void take_reports(const core::GuardSample& sample, core::TimeUs steady_at) {
    constexpr unsigned kTakenASecondMax = 8;
    if (steady_at - reports_counted_since >= core::kUsPerSecond) {
        reports_counted_since = steady_at;
        reports_taken = 0;
    }
    core::GuardEvent report;
    while (reports_taken < kTakenASecondMax && shmem::state()->reports.take(report)) {
        ++reports_taken;
        const std::size_t volume =
            report.volume == core::VolumeKind::Data ? core::kDataVolume : core::kWalVolume;
        core::GuardEvent event = core::event_on(sample, volume);
        event.at = report.at != 0 ? report.at : event.at;
        event.action = report.action;
        event.outcome = report.outcome;
        event.who = report.who;
        event.caller = report.caller;
        event.target = report.target;
        event.before_bytes = report.before_bytes;
        event.after_bytes = report.after_bytes;
        event.detail = report.detail;
        core::append(events, event);
    }
}

void tell(std::uint64_t last_number) {
    if (events.last_number == last_number) {
        return;
    }
    shmem::state()->events.publish(events);
    // The reclaimer writes them to the server's log: where that is written to can be stuck, too.
    shmem::wake(shmem::state()->reclaimer_process);
}

// --- acting --------------------------------------------------------------------------------------

void carry_out(const core::Deeds& deeds, core::TimeUs steady_at) {
    SharedState& shared = *shmem::state();
    pg_atomic_write_u64(&shared.fence.lift_usable_bytes, deeds.lift_usable_bytes);
    fence::set_by_guard(deeds.fence_bits, deeds.fence_volume);
    pg_atomic_write_u32(&shared.wal_need, static_cast<std::uint32_t>(deeds.need));
    pg_atomic_write_u64(&shared.fence.guard_seen_steady_us, static_cast<uint64>(steady_at));
    if (pg_atomic_read_u32(&shared.fence.word) != 0) {
        // One by hand may still be up when the guard's is lifted: that enters no stage.
        const bool enters = deeds.fence_change != core::FenceChange::None &&
                            deeds.fence_change != core::FenceChange::Lifted;
        (void)fence::sweep(enters, deeds.fence_bits);
    }
    if (deeds.give_order) {
        shared.order.publish(deeds.order);
        shmem::wake(shared.reclaimer_process);
    }
    for (std::size_t i = 0; i < core::kVolumeKinds; ++i) {
        if (!deeds.release_ballast[i]) {
            continue;
        }
        const std::optional<core::Bytes> gained = ballast::release(samples[0].volumes[i].kind);
        core::GuardEvent report{};
        report.action = core::Action::BallastReleased;
        report.outcome = gained ? core::Outcome::Done : core::Outcome::Failed;
        report.who.assign("guard");
        report.volume = samples[0].volumes[i].kind;
        report.before_bytes = gained;
        shared.reports.post(report);
    }
}

bool is_suspended(core::TimeUs steady_at) {
    return static_cast<core::TimeUs>(
               pg_atomic_read_u64(&shmem::state()->suspended_until_steady_us)) > steady_at;
}

void decide_and_act(Tick& tick) {
    const std::uint64_t last_number = events.last_number;
    const core::GuardSettings settings = guard_settings();
    tick.now->suspended = is_suspended(tick.steady_at);
    core::judge(*tick.now, settings, tick.steady_at, memory, events);

    // Before what follows from them.
    take_reports(*tick.now, tick.steady_at);

    core::ActFacts facts{};
    facts.settings = &settings;
    facts.policies = policies::read(policy_table) ? &policy_table : nullptr;
    (void)shmem::state()->order_report.read(facts.report);
    facts.suspended = tick.now->suspended;
    facts.fence_by_hand =
        (pg_atomic_read_u32(&shmem::state()->fence.word) & core::kFenceByHand) != 0;
    facts.steady_us = tick.steady_at;
    const core::Deeds deeds = core::act(*tick.now, facts, act_memory, events);
    carry_out(deeds, tick.steady_at);
    tell(last_number);
    tick.next_look_us = deeds.next_look_us;
}

void run_tick(void* argument) {
    Tick& tick = *static_cast<Tick*>(argument);
    sense_all(tick);
    if (tick.now->slots_sampled_at == 0) {
        return; // never read yet: "no slots" would be a lie
    }
    decide_and_act(tick);
    shmem::state()->guard.publish(*tick.now, core::used_bytes(*tick.now));
}

// --- life ----------------------------------------------------------------------------------------

// A guard that was ended and started again stands where it stood; after a crash of the server the
// shared memory is new, and so is the guard.
void resume(core::GuardSample& before) {
    core::start(memory);
    if (!shmem::state()->events.read(events)) {
        events.began_at = worker::now();
    }
    if (shmem::state()->guard.read(before)) {
        for (std::size_t i = 0; i < before.volume_count; ++i) {
            memory.ladders[i].rung = before.verdicts[i].rung;
        }
    }
    if (shmem::state()->order.read(act_memory.order)) {
        act_memory.order_is_open = true; // until the report of its end is seen
    }
    const std::uint32_t word = pg_atomic_read_u32(&shmem::state()->fence.word);
    if ((word & core::kFenceWriters) != 0) {
        core::WalPosition wal;
        sense::wal_position(wal);
        act_memory.fence.up = true;
        act_memory.fence.all = (word & core::kFenceAll) != 0;
        act_memory.fence.exempt = (word & core::kFenceExempt) != 0;
        act_memory.fence.since = act_memory.fence.counted_since = worker::steady_now();
        act_memory.fence.lsn_then = core::current_lsn(wal);
        act_memory.fence_volume = pg_atomic_read_u32(&shmem::state()->fence.volume) ==
                                          static_cast<uint32>(core::VolumeKind::Data)
                                      ? core::kDataVolume
                                      : core::kWalVolume;
    }
}

void leave(int, Datum) {
    pg_atomic_write_u32(&shmem::state()->guard_process, 0);
}

} // namespace
} // namespace opsmon

extern "C" void opsmon_guard_main(Datum) {
    using namespace opsmon;

    worker::install_signal_handlers(worker::Waits::OnlyHere);
    worker::Account account;
    account.open(shmem::state()->guard_status);
    before_shmem_exit(leave, static_cast<Datum>(0));
    pg_atomic_write_u32(&shmem::state()->guard_process, compat::place_of(*MyProc) + 1);
    resume(samples[1]);
    sense::start_volumes(samples[0].volumes);
    sense::start_volumes(samples[1].volumes);
    MemoryContext context =
        AllocSetContextCreate(TopMemoryContext, "opsmon guard tick", ALLOCSET_DEFAULT_SIZES);
    const uint32 idle = compat::wait_event("OpsmonGuardMain");

    std::size_t current = 0;
    long wait_ms = 0;
    do {
        Tick tick{worker::now(), worker::steady_now(), &samples[current], &samples[1 - current],
                  static_cast<core::TimeUs>(gucs::guard_interval_ms) * 1000};
        memcpy(tick.now->verdicts, tick.before->verdicts, sizeof tick.now->verdicts);
        if (account.run(run_tick, &tick, context, StepTransaction::None)) {
            current = 1 - current;
        }
        memory.planned_us = tick.next_look_us;
        wait_ms = Max(1L, static_cast<long>(tick.next_look_us / 1000));
    } while (worker::wait(wait_ms, idle));
    // Never 0: the postmaster would not start the guard again.
    proc_exit(1);
}
