#include "core/fence.hpp"
#include "postgres/fence_refusal.hpp"

#include "postgres/fence.hpp"
#include "postgres/gucs.hpp"
#include "postgres/published_copy.hpp"
#include "postgres/shmem.hpp"

namespace opsmon::fence {
namespace {

unsigned long long in_mb(core::Bytes bytes) {
    return static_cast<unsigned long long>(bytes / core::kBytesPerMiB);
}

const char* words_for(core::VolumeKind volume) {
    switch (volume) {
    case core::VolumeKind::Wal:
        return "WAL volume";
    case core::VolumeKind::Data:
        return "data volume";
    case core::VolumeKind::Tablespace:
        return "volume of a tablespace";
    }
    return "";
}

// What is left of the volume, as the guard published it last.
std::optional<core::Bytes> left_of(core::VolumeKind volume, const core::GuardSample* sample) {
    if (sample == nullptr || volume == core::VolumeKind::Tablespace) {
        return std::nullopt;
    }
    const auto index = static_cast<std::size_t>(volume);
    return sample->volumes[index].known ? std::optional(sample->verdicts[index].usable_bytes)
                                        : std::nullopt;
}

// "slot "name" holds 400 MB of WAL"; nullptr when nobody is known to.
char* largest_holder(const core::GuardSample& sample) {
    const core::RetentionFacts facts = core::retention_facts(sample);
    const std::uint32_t capacity = facts.slot_count + core::kHoldersBesideSlots;
    auto* holders = static_cast<core::Holder*>(palloc(capacity * sizeof(core::Holder)));
    const std::uint32_t count = core::find_holders(facts, holders, capacity);
    const core::Holder* largest = nullptr;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (largest == nullptr || holders[i].held_bytes > largest->held_bytes) {
            largest = &holders[i];
        }
    }
    if (largest == nullptr || largest->held_bytes == 0) {
        return nullptr;
    }
    if (largest->kind == core::HolderKind::Slot) {
        return psprintf("The replication slot \"%s\" holds the most WAL: %llu MB.",
                        sample.slots[largest->slot].name.bytes, in_mb(largest->held_bytes));
    }
    return psprintf("The most WAL is held by %s: %llu MB.", core::name_of(largest->kind),
                    in_mb(largest->held_bytes));
}

[[noreturn]] void refuse_by_hand() {
    ByHand note{};
    (void)by_hand(note);
    ereport(ERROR, (errcode(ERRCODE_DISK_FULL),
                    errmsg("writes are fenced: %s raised the fence by hand", note.who.bytes),
                    errdetail("The reason given is: %s", note.reason.bytes),
                    errhint("SELECT opsmon.fence(false) lowers it.")));
    pg_unreachable();
}

[[noreturn]] void refuse_for_room(bool everything) {
    const auto volume =
        static_cast<core::VolumeKind>(pg_atomic_read_u32(&shmem::state()->fence.volume));
    const core::GuardSample* sample = copy_of(shmem::state()->guard);
    const std::optional<core::Bytes> left = left_of(volume, sample);
    const char* fenced = everything ? "everything is fenced" : "writes are fenced";
    const char* holder = nullptr;
    if (sample != nullptr && volume == core::VolumeKind::Wal) {
        holder = largest_holder(*sample);
    }
    ereport(ERROR,
            (errcode(ERRCODE_DISK_FULL),
             left ? errmsg("%s: the %s has %llu MB left", fenced, words_for(volume), in_mb(*left))
                  : errmsg("%s: the %s is nearly full", fenced, words_for(volume)),
             holder != nullptr ? errdetail("%s", holder) : 0,
             errhint("It comes down by itself when there is room. SELECT * FROM opsmon.guard_plan "
                     "says what would make room; roles in opsmon.fence_exempt_roles are not "
                     "stopped%s.",
                     everything ? "" : ", and DROP and TRUNCATE pass")));
    pg_unreachable();
}

} // namespace

void refuse(std::uint32_t bits) {
    if ((bits & (core::kFenceWriters | core::kFenceAll)) == 0 && (bits & core::kFenceByHand) != 0) {
        refuse_by_hand();
    }
    refuse_for_room((bits & core::kFenceAll) != 0);
}

} // namespace opsmon::fence
