#include "postgres/evict.hpp"

#include "postgres/compat.hpp"
#include "postgres/free_wal.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "storage/lwlock.h"
#include "storage/spin.h"
OPSMON_PG_HEADERS_END

namespace opsmon::evict {
namespace {

constexpr core::TimeUs kUserPatienceUs = 10 * core::kUsPerSecond;

void finish(Outcome& outcome, Result result, const char* detail) {
    outcome.result = result;
    if (detail != nullptr) {
        outcome.detail.assign(detail);
    }
}

// A standby removes only what lies before its last restartpoint: the rest goes with later ones.
core::Lsn removable_until(const core::Order& order) {
    const core::Lsn redo = GetRedoRecPtr();
    return RecoveryInProgress() && redo < order.then_oldest_lsn ? redo : order.then_oldest_lsn;
}

void free_its_wal(const core::Order& order, free_wal::Meanwhile meanwhile, Outcome& outcome) {
    const free_wal::Range range{order.restart_lsn, removable_until(order)};
    if (order.then_oldest_lsn == core::kUnknownLsn) {
        finish(outcome, Result::Done, "dropped; what it held goes with the next checkpoint");
    } else if (order.restart_lsn == core::kUnknownLsn || range.empty()) {
        finish(outcome, Result::Done, "dropped; no WAL was held by this slot alone");
    } else if (free_wal::by_checkpoint(range, meanwhile, outcome.detail)) {
        finish(outcome, Result::Done, nullptr);
    } else {
        finish(outcome, Result::NotFreed, nullptr);
    }
}

} // namespace

std::optional<core::SlotNow> look_at(const core::Order& order) {
    if (order.slot_index >= static_cast<std::uint32_t>(max_replication_slots)) {
        return std::nullopt;
    }
    ReplicationSlot* source = &ReplicationSlotCtl->replication_slots[order.slot_index];
    LWLockAcquire(ReplicationSlotControlLock, LW_SHARED);
    SpinLockAcquire(&source->mutex);
    const ReplicationSlot copy = *source;
    SpinLockRelease(&source->mutex);
    LWLockRelease(ReplicationSlotControlLock);
    if (!copy.in_use || strcmp(NameStr(copy.data.name), order.slot.bytes) != 0) {
        return std::nullopt;
    }
    return core::SlotNow{copy.active_pid, copy.data.restart_lsn, copy.data.confirmed_flush,
                         copy.data.persistency != RS_PERSISTENT, compat::is_synced(copy)};
}

const char* objection(const core::Order& order, const core::SlotNow& slot, const Caller& caller) {
    const auto segment_bytes = static_cast<core::Bytes>(wal_segment_size);
    if (const char* reason = core::change_since(order, slot, segment_bytes)) {
        return reason;
    }
    return caller.objection != nullptr ? caller.objection(order) : nullptr;
}

void take(const core::Order& order, const Caller& caller, Outcome& outcome) {
    outcome = Outcome{};
    outcome.before_bytes = outcome.after_bytes = free_wal::kept_since(order.restart_lsn);
    std::optional<core::SlotNow> slot = look_at(order);
    if (!slot) {
        return finish(outcome, Result::Gone, "there is no such slot any more");
    }
    const core::TimeUs until = worker::steady_now() + kUserPatienceUs;
    const Result ended = end_user(order, caller, until, outcome.detail);
    if (ended != Result::Done) {
        return finish(outcome, ended, nullptr);
    }
    slot = look_at(order);
    if (!slot) {
        return finish(outcome, Result::Gone, "the slot went while its process was being ended");
    }
    // Its process may have done its last work meanwhile: then it took WAL after all.
    if (const char* reason = objection(order, *slot, caller)) {
        return finish(outcome, Result::Changed, reason);
    }
    ReplicationSlotDrop(order.slot.bytes, /* nowait */ true);
    outcome.dropped = true;
    free_its_wal(order, caller.meanwhile, outcome);
    outcome.after_bytes = free_wal::kept_since(order.restart_lsn);
}

} // namespace opsmon::evict
