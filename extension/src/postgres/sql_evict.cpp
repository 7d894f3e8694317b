// opsmon.evict(): what the guard would do to a consumer, done by a person. It runs in the caller's
// session and works whatever the guard may do; only what people said to protect it refuses.

#include "postgres/evict.hpp"

#include "postgres/by_hand.hpp"
#include "postgres/compat.hpp"
#include "postgres/free_wal.hpp"
#include "postgres/guard_settings.hpp"
#include "postgres/policies.hpp"
#include "postgres/sense.hpp"
#include "postgres/shmem.hpp"
#include "postgres/tick.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "funcapi.h"
#include "miscadmin.h"
#include "replication/slot.h"
#include "storage/latch.h"
#include "utils/builtins.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_evict);
}

namespace opsmon {
namespace {

constexpr core::TimeUs kPoliciesPatienceUs = 5 * core::kUsPerSecond;
constexpr long kLookAgainMs = 10;

// A person who names a consumer means it, whether it moves or not.
core::Order order_about(const char* name) {
    core::Order order{};
    order.kind = core::OrderKind::Evict;
    order.slot.assign(name);
    order.said.policy = core::Policy::Expendable;
    ReplicationSlot* slot = strlen(name) < NAMEDATALEN
                                ? SearchNamedReplicationSlot(name, /* need_lock */ true)
                                : nullptr;
    if (slot == nullptr) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("replication slot \"%.*s\" does not exist", NAMEDATALEN, name),
                        errhint("See opsmon.slots for those that do.")));
    }
    order.slot_index = static_cast<std::uint32_t>(slot - ReplicationSlotCtl->replication_slots);
    return order;
}

// What was changed a moment ago is read in a moment.
bool wait_for_policies(core::PolicyTable& table) {
    const core::TimeUs until = worker::steady_now() + kPoliciesPatienceUs;
    while (!policies::read(table)) {
        if (worker::steady_now() >= until) {
            return false;
        }
        (void)WaitLatch(MyLatch, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kLookAgainMs,
                        compat::wait_event("OpsmonControl"));
        CHECK_FOR_INTERRUPTS();
    }
    return true;
}

void refuse_protected(const core::Order& order) {
    auto* table = static_cast<core::PolicyTable*>(palloc0(sizeof(core::PolicyTable)));
    // Where nobody could ever read what was said, the person at the keyboard knows best.
    if (!shmem::state()->policies.read(*table) || table->loaded_at == 0) {
        return;
    }
    if (!wait_for_policies(*table)) {
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                 errmsg("what opsmon.consumers says of replication slot \"%s\" is not known",
                        order.slot.bytes),
                 errdetail("It was changed, and the sampler has not read it since."),
                 errhint("Try again (opsmon.status.sampler_last_error says what keeps it), or "
                         "drop it with pg_drop_replication_slot(), which asks nobody.")));
    }
    if (core::policy_of(*table, order.slot).policy != core::Policy::Protect) {
        return;
    }
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("replication slot \"%s\" is protected", order.slot.bytes),
             errhint("Change its policy in opsmon.consumers first, and wait for the sampler to "
                     "read it (opsmon.guard_state.policies_loaded_at).")));
}

void refuse_other_peoples(const core::Order& order, const core::SlotNow& slot) {
    if (slot.is_temporary) {
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("replication slot \"%s\" is a temporary one", order.slot.bytes),
                        errhint("It goes with its session: SELECT pg_terminate_backend(%d).",
                                slot.active_pid)));
    }
    if (slot.is_synced) {
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("replication slot \"%s\" belongs to the primary", order.slot.bytes),
                        errhint("Evict it there.")));
    }
}

// What holds WAL at this moment, not when the guard looked last. False when the slots are being
// changed just now.
bool look_now(core::GuardSample& sample) {
    sense::wal_position(sample.wal);
    sample.wal_keep_bytes = guard_settings().wal_keep_bytes;
    sample.oldest_unarchived_lsn = sense::oldest_unarchived(sample.wal.segment_bytes);
    sample.oldest_unsummarized_lsn = compat::oldest_unsummarized_lsn();
    return sense::slots(sample);
}

// The oldest WAL that is needed when the slot is gone; unknown when it cannot be told.
core::Lsn oldest_without(const core::Order& order) {
    auto* sample = static_cast<core::GuardSample*>(palloc0(sizeof(core::GuardSample)));
    if (!look_now(*sample)) {
        return core::kUnknownLsn;
    }
    core::RetentionFacts facts = core::retention_facts(*sample);
    // A checkpoint follows, and takes with it what crash recovery holds.
    facts.redo_lsn = core::kUnknownLsn;
    const std::uint32_t capacity = facts.slot_count + core::kHoldersBesideSlots;
    auto* holders = static_cast<core::Holder*>(palloc(capacity * sizeof(core::Holder)));
    const std::uint32_t count = core::find_holders(facts, holders, capacity);
    core::Lsn oldest = facts.current_lsn;
    for (std::uint32_t i = 0; i < count; ++i) {
        const bool is_it = holders[i].kind == core::HolderKind::Slot &&
                           sample->slots[holders[i].slot].name.equals(order.slot);
        if (!is_it && holders[i].oldest_lsn < oldest) {
            oldest = holders[i].oldest_lsn;
        }
    }
    return oldest;
}

void report(core::GuardEvent event, core::Outcome outcome, const evict::Outcome& taken) {
    event.at = worker::now();
    event.outcome = outcome;
    event.before_bytes = taken.before_bytes;
    if (outcome != core::Outcome::Ordered) {
        event.after_bytes = taken.after_bytes;
        event.detail = taken.detail;
    }
    by_hand::post_or_log(event);
}

const char* word_for(evict::Result result) {
    switch (result) {
    case evict::Result::Done:
        return "done";
    case evict::Result::Gone:
        return "gone";
    case evict::Result::Changed:
        return "changed";
    case evict::Result::StillUsed:
        return "still used";
    case evict::Result::NotFreed:
        return "not freed";
    }
    return "";
}

Datum row_of(FunctionCallInfo fcinfo, const evict::Outcome& taken) {
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE ||
        columns->natts != 3) {
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("opsmon: the extension expects other columns of opsmon_evict"),
                        errhint("Run ALTER EXTENSION opsmon UPDATE.")));
    }
    const core::Bytes freed = core::bytes_between(taken.before_bytes, taken.after_bytes);
    Datum values[] = {CStringGetTextDatum(word_for(taken.result)),
                      Int64GetDatum(core::to_signed(freed)),
                      CStringGetTextDatum(taken.detail.bytes)};
    bool nulls[] = {false, !taken.dropped, taken.detail.empty()};
    return HeapTupleGetDatum(heap_form_tuple(columns, values, nulls));
}

struct Call {
    core::Order* order;
    core::GuardEvent event; // who asks for it: looked up while nothing has been done yet
    evict::Outcome* taken;
};

void take(void* argument) {
    const Call& call = *static_cast<Call*>(argument);
    evict::take(*call.order, {}, *call.taken);
}

// The caller was cancelled, or the server refused: the ledger must say what had been done by then.
void tell_interrupted(void* argument) {
    const Call& call = *static_cast<Call*>(argument);
    call.taken->after_bytes = call.taken->before_bytes;
    call.taken->detail.assign(call.taken->dropped
                                  ? "dropped; interrupted while its WAL was waited for"
                                  : "interrupted before the slot was dropped");
    report(call.event, call.taken->dropped ? core::Outcome::Done : core::Outcome::Failed,
           *call.taken);
}

} // namespace
} // namespace opsmon

using namespace opsmon;

// The slot is gone at once, as with the server's own pg_drop_replication_slot(): a ROLLBACK does
// not bring it back.
Datum opsmon_evict(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0)) {
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("opsmon.evict() needs the name of a replication slot"),
                        errhint("See opsmon.slots.")));
    }
    // First: it may wait, and whom one may take is asked after that.
    core::GuardEvent event = by_hand::event_of(core::Action::Evict, core::Outcome::Ordered);
    core::Order order = order_about(text_to_cstring(PG_GETARG_TEXT_PP(0)));
    refuse_protected(order);
    const std::optional<core::SlotNow> slot = evict::look_at(order);
    if (slot) {
        refuse_other_peoples(order, *slot);
        order.restart_lsn = slot->restart_lsn;
        order.confirmed_flush_lsn = slot->confirmed_flush_lsn;
    }
    order.then_oldest_lsn = oldest_without(order);

    evict::Outcome taken{};
    taken.before_bytes = free_wal::kept_since(order.restart_lsn);
    event.target = order.slot;
    Call call{&order, event, &taken};
    report(call.event, core::Outcome::Ordered, taken);
    run_and_tell(take, tell_interrupted, &call);
    const bool is_gone =
        taken.result == evict::Result::Done || taken.result == evict::Result::NotFreed;
    report(call.event, is_gone ? core::Outcome::Done : core::Outcome::Failed, taken);
    return row_of(fcinfo, taken);
}
