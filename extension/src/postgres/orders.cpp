#include "postgres/orders.hpp"

#include "core/act.hpp"
#include "postgres/discard_archive.hpp"
#include "postgres/evict.hpp"
#include "postgres/event_lines.hpp"
#include "postgres/free_wal.hpp"
#include "postgres/gucs.hpp"
#include "postgres/policies.hpp"
#include "postgres/shmem.hpp"
#include "postgres/tick.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "replication/slot.h"
OPSMON_PG_HEADERS_END

namespace opsmon::orders {
namespace {

constexpr int kAttemptsMax = 3;
// The guard looks once a second at least.
constexpr core::TimeUs kNeedStaleUs = 3 * core::kUsPerSecond;

constinit core::PolicyTable policy_table{};

// What is being carried out, and what comes of it: outside of any step, so that it survives one
// that ends in an error.
struct Work {
    core::Order order;
    core::GuardEvent event; // for the ledger
    evict::Outcome evicted;
    discard_archive::Outcome given_up;
    bool freed; // what was done has given the room
};
constinit Work work{};

core::Action action_of(core::OrderKind kind) {
    switch (kind) {
    case core::OrderKind::DiscardArchive:
        return core::Action::DiscardArchive;
    case core::OrderKind::Evict:
        return core::Action::Evict;
    case core::OrderKind::None:
    case core::OrderKind::Checkpoint:
        break;
    }
    return core::Action::Checkpoint;
}

core::GuardEvent event_about(const core::Order& order) {
    core::GuardEvent event{};
    event.action = action_of(order.kind);
    event.mode = gucs::mode();
    event.who.assign("guard");
    event.target = order.slot;
    event.volume = core::VolumeKind::Wal;
    return event;
}

void answer(const core::Order& order, core::OrderState state) {
    shmem::state()->order_report.publish(
        core::OrderReport{order.number, state, worker::steady_now()});
}

void conclude(const core::Order& order, const core::GuardEvent& event, core::OrderState state) {
    if (!shmem::state()->reports.post(event)) {
        ereport(LOG, (errmsg("opsmon reclaimer: %s %s: %s", core::name_of(event.action),
                             core::name_of(event.outcome), event.detail.bytes)));
    }
    answer(order, state);
    shmem::wake(shmem::state()->guard_process);
}

// --- may it still be done? -----------------------------------------------------------------------

bool may_act(core::OrderKind kind) {
    const core::Rung rung =
        kind == core::OrderKind::Checkpoint ? core::Rung::Relieve : core::Rung::Evict;
    const auto suspended_until =
        static_cast<core::TimeUs>(pg_atomic_read_u64(&shmem::state()->suspended_until_steady_us));
    return gucs::mode() == core::GuardMode::Enforce &&
           gucs::rung_acts[static_cast<std::size_t>(rung)] &&
           suspended_until <= worker::steady_now();
}

// People may have changed their minds between the guard's look and now.
const char* policy_refusal(const core::Order& order) {
    if (!policies::read(policy_table) || !core::is_usable(policy_table, worker::steady_now())) {
        return "what opsmon.consumers says is not known at this moment";
    }
    return core::change_of_mind(order, core::policy_of(policy_table, order.slot));
}

// Of a guard that is silent nothing is known: what it has ordered is then done.
const char* need_refusal(const core::Order& order) {
    SharedState& shared = *shmem::state();
    const auto seen =
        static_cast<core::TimeUs>(pg_atomic_read_u64(&shared.fence.guard_seen_steady_us));
    if (worker::steady_now() - seen > kNeedStaleUs) {
        return nullptr;
    }
    const auto need = static_cast<core::Need>(pg_atomic_read_u32(&shared.wal_need));
    if (need == core::Need::Nobody) {
        return "there is room again: nobody has to be taken";
    }
    return need == core::Need::NotTheLast && order.said.policy == core::Policy::Last
               ? "the fence is not near any more: nobody with policy last has to be taken"
               : nullptr;
}

// Asked at each step of what takes a while: settings may have been changed since the last.
const char* objection(const core::Order& order) {
    worker::reload_if_asked();
    if (!may_act(order.kind)) {
        return "the settings do not let the guard act any more";
    }
    if (order.kind == core::OrderKind::DiscardArchive &&
        gucs::archiver_policy != static_cast<int>(gucs::ArchiverPolicy::Discard)) {
        return "opsmon.archiver_policy does not say discard any more";
    }
    if (order.kind != core::OrderKind::Evict) {
        return nullptr;
    }
    const char* reason = need_refusal(order);
    return reason != nullptr ? reason : policy_refusal(order);
}

const char* refusal(const core::Order& order) {
    if (worker::steady_now() - order.given_steady_us > core::kOrderStaleUs) {
        return "the order was too old when it was taken up; the guard decides anew";
    }
    return objection(order);
}

// --- doing it ------------------------------------------------------------------------------------

core::Outcome outcome_of(evict::Result result) {
    switch (result) {
    case evict::Result::Done:
    case evict::Result::NotFreed: // the consumer is gone: that is what people must know
        return core::Outcome::Done;
    case evict::Result::Gone:
    case evict::Result::Changed:
        return core::Outcome::Refused;
    case evict::Result::StillUsed:
        break;
    }
    return core::Outcome::Failed;
}

// What was given up without its WAL being freed is no success for the guard: it waits for
// that before it takes anybody else.
core::OrderState state_of(const Work& done) {
    switch (done.event.outcome) {
    case core::Outcome::Done:
        return done.freed ? core::OrderState::Done : core::OrderState::Failed;
    case core::Outcome::Refused:
        return core::OrderState::Refused;
    default:
        return core::OrderState::Failed;
    }
}

// While the effect of an order is waited for: the log must not be late, and the wait ends when the
// guard has ordered something else.
bool go_on() {
    log_new_events();
    core::Order newest;
    return !shmem::state()->order.read(newest) || newest.number == work.order.number;
}

void evict_slot(void*) {
    evict::take(work.order, {objection, go_on}, work.evicted);
    work.freed = work.evicted.result == evict::Result::Done;
    work.event.outcome = outcome_of(work.evicted.result);
    work.event.detail = work.evicted.detail;
    work.event.before_bytes = work.evicted.before_bytes;
    work.event.after_bytes = work.evicted.after_bytes;
}

void free_range() {
    const free_wal::Range range{work.order.restart_lsn, work.order.then_oldest_lsn};
    work.event.before_bytes = free_wal::kept_since(range.from);
    work.freed = free_wal::by_checkpoint(range, go_on, work.event.detail);
    work.event.outcome = work.freed ? core::Outcome::Done : core::Outcome::Failed;
    work.event.after_bytes = free_wal::kept_since(range.from);
}

void make_checkpoint(void*) {
    free_range();
}

// The archive has it, whatever came of the room.
void tell_gap(const core::Message& more) {
    char text[sizeof work.event.detail.bytes];
    snprintf(text, sizeof text,
             "%u segments, %s to %s; the archive has a gap: take a new base "
             "backup%s%s",
             work.given_up.segments, work.given_up.first.bytes, work.given_up.last.bytes,
             more.empty() ? "" : "; ", more.bytes);
    work.event.outcome = core::Outcome::Done;
    work.event.detail.assign(text);
}

void discard_archive_backlog(void*) {
    discard_archive::give_up(work.order.then_oldest_lsn, work.given_up);
    if (work.given_up.segments == 0) {
        work.event.outcome = core::Outcome::Refused;
        work.event.detail.assign("nothing waits for the archiver any more");
        return;
    }
    free_range();
    tell_gap(work.event.detail);
}

Step step_for(core::OrderKind kind) {
    switch (kind) {
    case core::OrderKind::Evict:
        return evict_slot;
    case core::OrderKind::DiscardArchive:
        return discard_archive_backlog;
    case core::OrderKind::None:
    case core::OrderKind::Checkpoint:
        break;
    }
    return make_checkpoint;
}

// A consumer that comes back between the end of its process and the drop raises an error.
bool is_worth_another_attempt(int attempt) {
    return work.order.kind == core::OrderKind::Evict && !work.evicted.dropped &&
           attempt + 1 < kAttemptsMax;
}

// An error ended it: what was done by then is done.
void tell_broken_off(const core::Message& error) {
    if (work.given_up.segments > 0) {
        tell_gap(error);
        return;
    }
    if (work.evicted.dropped) {
        char text[sizeof work.event.detail.bytes];
        snprintf(text, sizeof text, "dropped; whether its WAL is freed is not known: %s",
                 error.bytes);
        work.event.outcome = core::Outcome::Done;
        work.event.before_bytes = work.evicted.before_bytes;
        work.event.detail.assign(text);
        return;
    }
    work.event.outcome = core::Outcome::Failed;
    work.event.detail = error;
}

void carry_out(MemoryContext context, core::Message& error) {
    for (int attempt = 0;; ++attempt) {
        if (run_step(step_for(work.order.kind), nullptr, context, StepTransaction::None, error)) {
            return;
        }
        if (MyReplicationSlot != nullptr) {
            ReplicationSlotRelease();
        }
        if (!is_worth_another_attempt(attempt)) {
            break;
        }
    }
    tell_broken_off(error);
}

} // namespace

void close_interrupted() {
    core::Order order;
    core::OrderReport report;
    if (!shmem::state()->order.read(order) || !shmem::state()->order_report.read(report) ||
        report.number != order.number || report.state != core::OrderState::Working) {
        return;
    }
    core::GuardEvent event = event_about(order);
    event.outcome = core::Outcome::Failed;
    event.detail.assign("interrupted: the process opsmon reclaimer ended while it was at it");
    if (order.kind == core::OrderKind::Evict && !evict::look_at(order)) {
        event.outcome = core::Outcome::Done;
        event.detail.assign("dropped; the process opsmon reclaimer was interrupted while its WAL "
                            "was waited for");
    } else if (order.kind == core::OrderKind::DiscardArchive) {
        event.detail.assign("interrupted: the process opsmon reclaimer ended while it was at it; "
                            "what it gave up of the archive by then is in the server's log");
    }
    conclude(order, event, core::OrderState::Failed);
}

bool carry_out_newest(MemoryContext context, core::Message& error) {
    core::OrderReport report{};
    (void)shmem::state()->order_report.read(report);
    if (!shmem::state()->order.read(work.order) || work.order.kind == core::OrderKind::None ||
        work.order.number == report.number) {
        return false;
    }
    work.event = event_about(work.order);
    work.evicted = evict::Outcome{};
    work.given_up = discard_archive::Outcome{};
    work.freed = false;
    if (const char* reason = refusal(work.order)) {
        work.event.outcome = core::Outcome::Refused;
        work.event.detail.assign(reason);
    } else {
        answer(work.order, core::OrderState::Working);
        carry_out(context, error);
    }
    conclude(work.order, work.event, state_of(work));
    return true;
}

} // namespace opsmon::orders
