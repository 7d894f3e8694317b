#include "core/slot.hpp"

namespace opsmon::core {
namespace {

// Losing its WAL takes the position away: that is no progress.
bool moved(const Slot& before, const Slot& now) {
    return (now.restart_lsn != before.restart_lsn && now.restart_lsn != kUnknownLsn) ||
           (now.confirmed_flush_lsn != before.confirmed_flush_lsn &&
            now.confirmed_flush_lsn != kUnknownLsn);
}

// A clock that was set back must not leave a moment in the future, where it would hide a dead
// consumer for as long as the clock was wrong.
TimeUs not_after(TimeUs moment, TimeUs at) {
    return moment < at ? moment : at;
}

void observe_first(Slot& slot, Lsn current, TimeUs at, TimeUs steady_us) {
    slot.last_active_at = slot.active_pid != 0 ? at : 0;
    if (slot.active_pid != 0) {
        slot.inactive_since = 0;
    } else if (slot.inactive_since == 0 || slot.inactive_since > at) {
        slot.inactive_since = at;
    }
    slot.inactive_since_steady_us = slot.active_pid == 0 ? steady_us : 0;
    slot.last_progress_at = at;
    slot.last_progress_steady_us = steady_us;
    // All the WAL behind an unused slot was written while it stood there, also before we looked:
    // after a restart of the server a dead consumer must not count as one that has just come.
    slot.current_lsn_at_progress = slot.active_pid == 0 ? slot.restart_lsn : current;
}

void observe_use_again(const Slot& before, Slot& slot, TimeUs at, TimeUs steady_us) {
    slot.last_active_at = slot.active_pid != 0 ? at : not_after(before.last_active_at, at);
    const TimeUs known_to_server = slot.inactive_since;
    if (slot.active_pid != 0) {
        slot.inactive_since = 0;
        slot.inactive_since_steady_us = 0;
    } else {
        slot.inactive_since =
            before.inactive_since != 0 ? not_after(before.inactive_since, at) : at;
        slot.inactive_since_steady_us =
            before.inactive_since_steady_us != 0 ? before.inactive_since_steady_us : steady_us;
    }
    if (slot.inactive_since != 0 && known_to_server != 0) {
        slot.inactive_since = not_after(known_to_server, slot.inactive_since);
    }
}

void observe_progress_again(const Slot& before, Slot& slot, Lsn current, TimeUs at,
                            TimeUs steady_us) {
    // What was seen before the position was known (recovery had not begun) is nothing to count
    // from. A position that went back to where WAL is no longer known (a new timeline) counts as
    // moved.
    const bool nothing_to_count_from = before.current_lsn_at_progress == kUnknownLsn;
    const bool stands = nothing_to_count_from ||
                        (!moved(before, slot) && before.current_lsn_at_progress <= current);
    if (!stands) {
        slot.last_progress_at = at;
        slot.last_progress_steady_us = steady_us;
        slot.current_lsn_at_progress = current;
        return;
    }
    slot.last_progress_at = not_after(before.last_progress_at, at);
    slot.last_progress_steady_us = before.last_progress_steady_us;
    slot.current_lsn_at_progress = before.current_lsn_at_progress;
    if (nothing_to_count_from) {
        slot.current_lsn_at_progress = slot.active_pid == 0 ? slot.restart_lsn : current;
    }
}

void observe_overdue(const Slot* before, Slot& slot, Lsn current, Bytes stall_bytes,
                     TimeUs steady_us) {
    if (wal_since_progress_bytes(slot, current).value_or(0) < stall_bytes) {
        slot.overdue_since_steady_us = kNotOverdue;
    } else if (before != nullptr && before->overdue_since_steady_us != kNotOverdue) {
        slot.overdue_since_steady_us = before->overdue_since_steady_us;
    } else {
        slot.overdue_since_steady_us = steady_us;
    }
}

} // namespace

std::optional<Bytes> retained_bytes(const Slot& slot, Lsn current) {
    if (slot.restart_lsn == kUnknownLsn || slot.wal == SlotWal::Lost ||
        slot.wal == SlotWal::NeverReserved || current == kUnknownLsn) {
        return std::nullopt;
    }
    return bytes_between(current, slot.restart_lsn);
}

std::optional<Bytes> unconfirmed_bytes(const Slot& slot, Lsn current) {
    if (!slot.logical || slot.confirmed_flush_lsn == kUnknownLsn || slot.wal == SlotWal::Lost ||
        current == kUnknownLsn) {
        return std::nullopt;
    }
    return bytes_between(current, slot.confirmed_flush_lsn);
}

SlotWal over_cap(const Slot& slot, Lsn current, Lsn oldest_unsummarized, Bytes max_wal_bytes,
                 Bytes segment_bytes) {
    if (oldest_unsummarized == kUnknownLsn || segment_bytes == 0 ||
        slot.restart_lsn / segment_bytes < oldest_unsummarized / segment_bytes) {
        return SlotWal::Unreserved;
    }
    const Bytes behind =
        bytes_between(current / segment_bytes, slot.restart_lsn / segment_bytes) * segment_bytes;
    return behind <= max_wal_bytes + segment_bytes ? SlotWal::Reserved : SlotWal::Extended;
}

std::optional<std::int64_t> safe_wal_bytes(const Slot& slot, Lsn current, const SlotCaps& caps) {
    if (caps.max_slot_wal_keep_mb < 0 || caps.segment_bytes == 0 || current == kUnknownLsn ||
        slot.restart_lsn == kUnknownLsn || slot.wal == SlotWal::Lost ||
        slot.wal == SlotWal::NeverReserved) {
        return std::nullopt;
    }
    const std::int64_t kept_mb =
        caps.max_slot_wal_keep_mb > caps.wal_keep_mb ? caps.max_slot_wal_keep_mb : caps.wal_keep_mb;
    const Bytes kept_segments =
        saturating_multiply(static_cast<Bytes>(kept_mb), kBytesPerMiB) / caps.segment_bytes;
    const Bytes target_segment = slot.restart_lsn / caps.segment_bytes;
    const Lsn fails_at =
        saturating_multiply(target_segment + kept_segments + 1, caps.segment_bytes);
    return fails_at >= current ? to_signed(fails_at - current) : -to_signed(current - fails_at);
}

std::optional<Bytes> wal_since_progress_bytes(const Slot& slot, Lsn current) {
    if (!retained_bytes(slot, current)) {
        return std::nullopt;
    }
    // Never more than the slot holds, whatever happened to the positions.
    const Bytes since = bytes_between(current, slot.current_lsn_at_progress);
    const Bytes held = bytes_between(current, slot.restart_lsn);
    return since < held ? since : held;
}

void observe_slots(const Slot* before, std::size_t before_count, Slot* now, std::size_t now_count,
                   Lsn current, Bytes stall_bytes, TimeUs at, TimeUs steady_us) {
    std::size_t b = 0;
    for (std::size_t n = 0; n < now_count; ++n) {
        while (b < before_count && before[b].index < now[n].index) {
            ++b;
        }
        const bool known = b < before_count && before[b].index == now[n].index &&
                           before[b].name.equals(now[n].name) &&
                           before[b].logical == now[n].logical;
        now[n].had_consumer = now[n].last_reply_steady_us != 0 || (known && before[b].had_consumer);
        if (known) {
            observe_use_again(before[b], now[n], at, steady_us);
            observe_progress_again(before[b], now[n], current, at, steady_us);
        } else {
            observe_first(now[n], current, at, steady_us);
        }
        observe_overdue(known ? &before[b] : nullptr, now[n], current, stall_bytes, steady_us);
    }
}

} // namespace opsmon::core
