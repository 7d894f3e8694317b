#include "postgres/sense.hpp"

#include "postgres/compat.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "replication/walsender.h"
#include "replication/walsender_private.h"
#include "storage/lwlock.h"
#include "storage/spin.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {
namespace {

constexpr core::TimeUs kRepliesMatterUs = core::TimeUs{24} * 3600 * core::kUsPerSecond;

core::SlotLifetime lifetime_of(ReplicationSlotPersistency persistency) {
    switch (persistency) {
    case RS_PERSISTENT:
        return core::SlotLifetime::Persistent;
    case RS_EPHEMERAL:
        return core::SlotLifetime::Ephemeral;
    case RS_TEMPORARY:
        return core::SlotLifetime::Temporary;
    }
    return core::SlotLifetime::Persistent;
}

// As pg_replication_slots has it: a slot whose WAL is gone while somebody still reads from it is
// not lost yet.
core::SlotWal wal_status(const core::Slot& slot, const core::GuardSample& sample) {
    if (!slot.invalidation_reason.empty()) {
        return core::SlotWal::Lost;
    }
    switch (compat::wal_availability(slot.restart_lsn)) {
    case WALAVAIL_INVALID_LSN:
        return core::SlotWal::NeverReserved;
    case WALAVAIL_RESERVED:
        return core::SlotWal::Reserved;
    case WALAVAIL_EXTENDED:
        return core::SlotWal::Extended;
    case WALAVAIL_UNRESERVED:
        return core::over_cap(slot, core::current_lsn(sample.wal), sample.oldest_unsummarized_lsn,
                              static_cast<core::Bytes>(max_wal_size_mb) * core::kBytesPerMiB,
                              sample.wal.segment_bytes);
    case WALAVAIL_REMOVED:
        return slot.active_pid != 0 ? core::SlotWal::Unreserved : core::SlotWal::Lost;
    }
    return core::SlotWal::NeverReserved;
}

void fill(core::Slot& slot, const ReplicationSlot& source) {
    slot = core::Slot{};
    slot.name.assign(NameStr(source.data.name));
    slot.plugin.assign(NameStr(source.data.plugin));
    slot.database_oid = source.data.database;
    slot.logical = source.data.database != InvalidOid;
    slot.active_pid = source.active_pid;
    slot.xmin = source.data.xmin;
    slot.catalog_xmin = source.data.catalog_xmin;
    slot.restart_lsn = source.data.restart_lsn;
    slot.confirmed_flush_lsn = source.data.confirmed_flush;
    slot.lifetime = lifetime_of(source.data.persistency);
    slot.two_phase = source.data.two_phase;
    slot.synced = compat::is_synced(source);
    slot.inactive_since = compat::inactive_since(source);
    slot.invalidation_reason.assign(compat::invalidation_reason(source));
}

// When each walsender heard of its client last; which slot it uses says the slot. Their numbers are
// read without their locks: a torn one would be a time that is not of this moment, and counts as
// none.
void note_replies(core::GuardSample& sample, core::TimeUs now, core::TimeUs steady_now) {
    for (int i = 0; WalSndCtl != nullptr && i < max_wal_senders; ++i) {
        const volatile WalSnd& sender = WalSndCtl->walsnds[i];
        const pid_t pid = sender.pid;
        const core::TimeUs age = now - sender.replyTime;
        if (pid == 0 || age < 0 || age > kRepliesMatterUs) {
            continue;
        }
        for (std::uint32_t s = 0; s < sample.slot_count; ++s) {
            if (sample.slots[s].active_pid == pid) {
                sample.slots[s].last_reply_steady_us = steady_now - age;
            }
        }
    }
}

} // namespace

bool slots(core::GuardSample& sample) {
    if (max_replication_slots == 0) {
        sample.slot_count = 0;
        sample.slots_omitted = 0;
        return true;
    }
    // Whoever holds this exclusively creates or drops a slot, and may be stopped while at it.
    if (!LWLockConditionalAcquire(ReplicationSlotControlLock, LW_SHARED)) {
        return false;
    }
    sample.slot_count = 0;
    sample.slots_omitted = 0;
    for (int i = 0; i < max_replication_slots; ++i) {
        ReplicationSlot* source = &ReplicationSlotCtl->replication_slots[i];
        if (!source->in_use) {
            continue;
        }
        if (sample.slot_count == core::kSlotsMax) {
            ++sample.slots_omitted;
            continue;
        }
        SpinLockAcquire(&source->mutex);
        const ReplicationSlot copy = *source;
        SpinLockRelease(&source->mutex);
        core::Slot& slot = sample.slots[sample.slot_count++];
        fill(slot, copy);
        slot.index = static_cast<std::uint32_t>(i);
    }
    LWLockRelease(ReplicationSlotControlLock);

    note_replies(sample, worker::now(), worker::steady_now());
    const core::Lsn current = core::current_lsn(sample.wal);
    const core::SlotCaps caps{max_slot_wal_keep_size_mb, wal_keep_size_mb,
                              sample.wal.segment_bytes};
    for (std::uint32_t i = 0; i < sample.slot_count; ++i) {
        core::Slot& slot = sample.slots[i];
        slot.wal = wal_status(slot, sample);
        slot.safe_wal_bytes = core::safe_wal_bytes(slot, current, caps);
    }
    return true;
}

} // namespace opsmon::sense
