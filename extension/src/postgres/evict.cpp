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

// Why what was decided upon is not what is there; nullptr when it is.
const char* change(const core::Order& order, const SlotNow& slot) {
    if (slot.is_temporary) {
        return "the slot is a temporary one and goes with its session";
    }
    if (slot.is_synced) {
        return "the slot belongs to the primary: evict it there";
    }
    const bool has_moved = slot.restart_lsn != order.restart_lsn ||
                           slot.confirmed_flush_lsn != order.confirmed_flush_lsn;
    if (order.policy == core::Policy::Ask && has_moved) {
        return "somebody takes WAL from the slot again";
    }
    return nullptr;
}

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

std::optional<SlotNow> look_at(const core::Order& order) {
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
    return SlotNow{copy.active_pid, copy.data.restart_lsn, copy.data.confirmed_flush,
                   copy.data.persistency != RS_PERSISTENT, compat::is_synced(copy)};
}

void take(const core::Order& order, free_wal::Meanwhile meanwhile, Outcome& outcome) {
    outcome = Outcome{};
    outcome.before_bytes = outcome.after_bytes = free_wal::kept_since(order.restart_lsn);
    std::optional<SlotNow> slot = look_at(order);
    if (!slot) {
        return finish(outcome, Result::Gone, "there is no such slot any more");
    }
    if (const char* reason = change(order, *slot)) {
        return finish(outcome, Result::Changed, reason);
    }
    if (!end_user(order, worker::steady_now() + kUserPatienceUs, outcome.detail)) {
        return finish(outcome, Result::StillUsed, nullptr);
    }
    slot = look_at(order);
    if (!slot) {
        return finish(outcome, Result::Gone, "the slot went while its process was being ended");
    }
    // Its process may have done its last work meanwhile: then it took WAL after all.
    if (const char* reason = change(order, *slot)) {
        return finish(outcome, Result::Changed, reason);
    }
    ReplicationSlotDrop(order.slot.bytes, /* nowait */ true);
    outcome.dropped = true;
    free_its_wal(order, meanwhile, outcome);
    outcome.after_bytes = free_wal::kept_since(order.restart_lsn);
}

} // namespace opsmon::evict
