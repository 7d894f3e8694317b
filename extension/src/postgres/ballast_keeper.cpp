#include "postgres/ballast_keeper.hpp"

#include "postgres/ballast.hpp"
#include "postgres/gucs.hpp"
#include "postgres/shmem.hpp"
#include "postgres/tick.hpp"
#include "postgres/worker.hpp"

namespace opsmon::ballast {
namespace {

constinit core::GuardSample sample{};
constinit core::EventLog events{};

// The guard looks far more often than this allows for; an older sample is of a guard that is gone.
bool is_of_this_moment(core::TimeUs sampled_at) {
    const core::TimeUs allowed =
        10 * core::kUsPerSecond + static_cast<core::TimeUs>(gucs::guard_interval_ms) * 1000;
    const core::TimeUs age = worker::now() - sampled_at;
    return age > -allowed && age < allowed;
}

bool was_released_before() {
    return shmem::state()->events.read(events) &&
           events.counts[static_cast<std::size_t>(core::Action::BallastReleased)]
                        [static_cast<std::size_t>(core::Outcome::Done)] > 0;
}

core::BallastLook look_at(std::size_t place, core::VolumeKind kind, bool has_sample) {
    const core::Volume& volume = sample.volumes[place];
    const core::VolumeVerdict& verdict = sample.verdicts[place];
    core::BallastLook look{};
    look.wanted = gucs::mode() == core::GuardMode::Enforce &&
                  gucs::rung_acts[static_cast<std::size_t>(core::Rung::Rescue)] &&
                  gucs::ballast_mb != 0 && !(has_sample && verdict.follows_wal);
    if (gucs::ballast_mb > 0) {
        look.asked = static_cast<core::Bytes>(gucs::ballast_mb) * core::kBytesPerMiB;
    }
    look.present = size_of(kind);
    look.released_before = look.wanted && !look.present && was_released_before();
    look.fresh = has_sample && volume.known && is_of_this_moment(sample.sampled_at);
    look.rung = verdict.rung;
    look.volume_bytes = volume.size_bytes;
    look.segment_bytes = sample.wal.segment_bytes;
    look.usable_bytes = verdict.usable_bytes;
    look.free_bytes = volume.free_bytes;
    look.thresholds = verdict.thresholds;
    return look;
}

void say_why_not_yet(core::BallastWait& said, core::BallastWait wait, core::VolumeKind kind) {
    if (wait == said) {
        return;
    }
    said = wait;
    if (wait == core::BallastWait::NotCalm || wait == core::BallastWait::NoRoom) {
        ereport(LOG, (errmsg("opsmon keeps no ballast on the %s volume yet: %s",
                             core::name_of(kind), core::name_of(wait))));
    }
}

struct Attempt {
    core::VolumeKind kind;
    core::Bytes bytes;
};

void build_it(void* argument) {
    const Attempt& attempt = *static_cast<const Attempt*>(argument);
    build(attempt.kind, attempt.bytes);
}

void report(const Attempt& attempt, core::Outcome outcome, const core::Message& detail) {
    core::GuardEvent event{};
    event.action = core::Action::BallastBuilt;
    event.outcome = outcome;
    event.mode = gucs::mode();
    event.who.assign("guard");
    event.volume = attempt.kind;
    event.before_bytes = 0;
    event.after_bytes = outcome == core::Outcome::Done ? attempt.bytes : 0;
    event.detail = detail;
    if (shmem::state()->reports.post(event)) {
        shmem::wake(shmem::state()->guard_process);
    }
}

void build_and_report(Keeper& keeper, std::size_t place, const Attempt& attempt,
                      MemoryContext context) {
    core::Message& error = keeper.errors[place];
    const core::Message error_before = error;
    Attempt argument = attempt;
    if (run_step(build_it, &argument, context, StepTransaction::None, error)) {
        core::built(keeper.states[place]);
        report(attempt, core::Outcome::Done, core::Message{});
        return;
    }
    core::failed(keeper.states[place], worker::steady_now());
    if (!error.equals(error_before)) {
        report(attempt, core::Outcome::Failed, error);
    }
}

void remove_and_say(Keeper& keeper, std::size_t place, core::VolumeKind kind) {
    if (const std::optional<core::Bytes> bytes = release(kind)) {
        ereport(LOG, (errmsg("opsmon removed its ballast of %llu MB on the %s volume: the settings "
                             "no longer ask for it",
                             static_cast<unsigned long long>(*bytes / core::kBytesPerMiB),
                             core::name_of(kind))));
    }
    core::removed(keeper.states[place]);
}

bool keep_one(Keeper& keeper, std::size_t place, core::VolumeKind kind, bool has_sample,
              MemoryContext context) {
    const core::BallastLook look = look_at(place, kind, has_sample);
    const core::BallastPlan plan = core::plan(keeper.states[place], look, worker::steady_now());
    if (look.fresh || !look.wanted) {
        say_why_not_yet(keeper.said[place], plan.wait, kind);
    }
    switch (plan.step) {
    case core::BallastStep::None:
        return false;
    case core::BallastStep::Remove:
        remove_and_say(keeper, place, kind);
        return true;
    case core::BallastStep::Rebuild:
        remove_and_say(keeper, place, kind);
        [[fallthrough]];
    case core::BallastStep::Build:
        build_and_report(keeper, place, Attempt{kind, plan.bytes}, context);
        return true;
    }
    return false;
}

} // namespace

void start(Keeper& keeper) {
    keeper = Keeper{};
    remove_unfinished(core::VolumeKind::Wal);
    remove_unfinished(core::VolumeKind::Data);
}

bool keep(Keeper& keeper, MemoryContext context) {
    const bool has_sample = shmem::state()->guard.read(sample);
    if (has_sample && sample.suspended) {
        return false;
    }
    const bool wal = keep_one(keeper, core::kWalVolume, core::VolumeKind::Wal, has_sample, context);
    const bool data =
        keep_one(keeper, core::kDataVolume, core::VolumeKind::Data, has_sample, context);
    return wal || data;
}

} // namespace opsmon::ballast
