#include "core/retention.hpp"

#include <algorithm>

namespace opsmon::core {
namespace {

class Holders {
public:
    Holders(const RetentionFacts& facts, Holder* holders, std::uint32_t capacity)
        : facts_(facts), holders_(holders), capacity_(capacity) {}

    void add(HolderKind kind, Lsn oldest, std::uint32_t slot = 0) {
        if (oldest == kUnknownLsn || count_ == capacity_) {
            return;
        }
        holders_[count_++] = {kind, slot, oldest, bytes_between(facts_.current_lsn, oldest), 0};
    }

    // Only a holder alone in the oldest segment frees anything, down to the next oldest segment.
    void find_marginal_bytes() {
        std::uint32_t oldest = 0;
        for (std::uint32_t i = 1; i < count_; ++i) {
            oldest = segment_of(i) < segment_of(oldest) ? i : oldest;
        }
        if (count_ == 0) {
            return;
        }
        Lsn next = facts_.current_lsn / facts_.segment_bytes;
        for (std::uint32_t i = 0; i < count_; ++i) {
            if (i != oldest && segment_of(i) < next) {
                next = segment_of(i);
            }
        }
        holders_[oldest].marginal_bytes =
            bytes_between(next, segment_of(oldest)) * facts_.segment_bytes;
    }

    std::uint32_t count() const { return count_; }

private:
    std::uint64_t segment_of(std::uint32_t i) const {
        return holders_[i].oldest_lsn / facts_.segment_bytes;
    }

    const RetentionFacts& facts_;
    Holder* holders_;
    std::uint32_t capacity_;
    std::uint32_t count_ = 0;
};

} // namespace

const char* name_of(HolderKind kind) {
    switch (kind) {
    case HolderKind::CrashRecovery:
        return "crash recovery";
    case HolderKind::WalKeepSize:
        return "wal_keep_size";
    case HolderKind::Slot:
        return "slot";
    case HolderKind::Archiver:
        return "archiver";
    case HolderKind::Summarizer:
        return "summarizer";
    }
    return "";
}

std::uint32_t find_holders(const RetentionFacts& facts, Holder* holders, std::uint32_t capacity) {
    if (facts.current_lsn == kUnknownLsn || facts.segment_bytes == 0) {
        return 0;
    }
    Holders found(facts, holders, capacity);
    found.add(HolderKind::CrashRecovery, facts.redo_lsn);
    if (facts.wal_keep_bytes > 0) {
        // It keeps what is there: nothing is older than the first segment, nor than the oldest that
        // was left when the setting was made larger.
        const Lsn kept_from = bytes_between(facts.current_lsn, facts.wal_keep_bytes);
        const Lsn there_from = std::max<Lsn>(facts.segment_bytes, facts.oldest_wal_lsn);
        found.add(HolderKind::WalKeepSize, std::max(kept_from, there_from));
    }
    found.add(HolderKind::Archiver, facts.oldest_unarchived_lsn);
    found.add(HolderKind::Summarizer, facts.oldest_unsummarized_lsn);
    for (std::uint32_t i = 0; i < facts.slot_count; ++i) {
        if (retained_bytes(facts.slots[i], facts.current_lsn)) {
            found.add(HolderKind::Slot, facts.slots[i].restart_lsn, i);
        }
    }
    found.find_marginal_bytes();
    return found.count();
}

Lsn oldest_beside_recovery(const RetentionFacts& facts) {
    RetentionFacts others = facts;
    others.redo_lsn = kUnknownLsn;
    others.slot_count = 0;
    Holder holders[kHoldersBesideSlots];
    const std::uint32_t count = find_holders(others, holders, kHoldersBesideSlots);
    Lsn oldest = facts.current_lsn;
    for (std::uint32_t i = 0; i < count; ++i) {
        oldest = std::min(oldest, holders[i].oldest_lsn);
    }
    for (std::uint32_t i = 0; i < facts.slot_count; ++i) {
        if (retained_bytes(facts.slots[i], facts.current_lsn)) {
            oldest = std::min(oldest, facts.slots[i].restart_lsn);
        }
    }
    return oldest;
}

std::optional<Bytes> unneeded_bytes(const RetentionFacts& facts, Lsn oldest_wal_lsn) {
    if (facts.current_lsn == kUnknownLsn || facts.segment_bytes == 0 ||
        oldest_wal_lsn == kUnknownLsn) {
        return std::nullopt;
    }
    Lsn needed_from = facts.current_lsn;
    const auto needs = [&](Lsn oldest) {
        if (oldest != kUnknownLsn && oldest < needed_from) {
            needed_from = oldest;
        }
    };
    needs(facts.redo_lsn);
    needs(facts.oldest_unarchived_lsn);
    needs(facts.oldest_unsummarized_lsn);
    if (facts.wal_keep_bytes > 0) {
        needs(bytes_between(facts.current_lsn, facts.wal_keep_bytes) + 1);
    }
    for (std::uint32_t i = 0; i < facts.slot_count; ++i) {
        if (retained_bytes(facts.slots[i], facts.current_lsn)) {
            needs(facts.slots[i].restart_lsn);
        }
    }
    return bytes_between(needed_from / facts.segment_bytes, oldest_wal_lsn / facts.segment_bytes) *
           facts.segment_bytes;
}

std::optional<Bytes> growth_limit(const RetentionFacts& facts, Bytes max_wal_bytes) {
    if (facts.segment_bytes == 0 || facts.current_lsn == kUnknownLsn) {
        return std::nullopt;
    }
    // wal_keep_size has a limit of its own: itself.
    const Bytes most = max_wal_bytes > facts.wal_keep_bytes ? max_wal_bytes : facts.wal_keep_bytes;
    Bytes held = 0;
    const auto holds = [&](Lsn oldest) {
        if (oldest != kUnknownLsn && bytes_between(facts.current_lsn, oldest) > held) {
            held = bytes_between(facts.current_lsn, oldest);
        }
    };
    holds(facts.oldest_unarchived_lsn);
    holds(facts.oldest_unsummarized_lsn);
    for (std::uint32_t i = 0; i < facts.slot_count; ++i) {
        if (retained_bytes(facts.slots[i], facts.current_lsn)) {
            holds(facts.slots[i].restart_lsn);
        }
    }
    if (held > most) {
        return std::nullopt;
    }
    holds(facts.redo_lsn);
    return bytes_between(most, held);
}

} // namespace opsmon::core
