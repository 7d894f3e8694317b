#pragma once
// Who keeps WAL from being removed, how much each holds, and what removing one alone would free.
// The guard fills the facts from server memory; views and the choice of a victim read the answer.
// It is arithmetic on positions: nobody reads the directory for it.
//
// Marginal bytes are the point: the oldest holder frees only down to the second oldest, and
// everybody else frees nothing at all.

#include "core/slot.hpp"
#include "core/units.hpp"

namespace opsmon::core {

enum class HolderKind : std::uint8_t { CrashRecovery, WalKeepSize, Slot, Archiver, Summarizer };

// One of each, and as many slots as there are.
inline constexpr std::uint32_t kHoldersBesideSlots = 4;

const char* name_of(HolderKind kind);

struct Holder {
    HolderKind kind;
    std::uint32_t slot; // index into the facts' slots, of a Slot
    Lsn oldest_lsn;     // the oldest WAL it needs
    Bytes held_bytes;
    Bytes marginal_bytes; // freed if it alone were gone
};

// Everything that can hold WAL; an unknown position holds nothing.
struct RetentionFacts {
    Lsn current_lsn;
    Bytes segment_bytes;
    Lsn redo_lsn;
    Bytes wal_keep_bytes;
    Lsn oldest_unarchived_lsn;
    Lsn oldest_unsummarized_lsn;
    Lsn oldest_wal_lsn; // where the oldest segment that is there begins, if that is known
    const Slot* slots;
    std::uint32_t slot_count;
};

// Fills up to `capacity` holders and returns how many there are. WAL is freed in whole
// segments: two holders in one segment are equally old.
std::uint32_t find_holders(const RetentionFacts& facts, Holder* holders, std::uint32_t capacity);

// The oldest WAL that anybody needs but crash recovery, which moves up with the next checkpoint;
// the current position where nobody needs any.
Lsn oldest_beside_recovery(const RetentionFacts& facts);

// WAL that is there and that nobody needs any more: the next checkpoint removes or recycles it.
// Unknown where the oldest segment is.
std::optional<Bytes> unneeded_bytes(const RetentionFacts& facts, Lsn oldest_wal_lsn);

// How much more WAL can pile up. While nobody holds more than `max_wal_bytes`, which is what the
// server keeps between two checkpoints anyway, checkpoints give space back and it is what is left
// to that; absent when somebody holds more: then it has no limit.
std::optional<Bytes> growth_limit(const RetentionFacts& facts, Bytes max_wal_bytes);

} // namespace opsmon::core
