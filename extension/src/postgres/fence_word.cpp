#include "core/fence.hpp"
#include "postgres/fence.hpp"

#include "postgres/fence_marks.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {
namespace {

constexpr const char* kByHand = "opsmon fence by hand";
constexpr std::uint32_t kByGuard = core::kFenceWriters | core::kFenceAll | core::kFenceExempt;

core::Published<ByHand>* note = nullptr;
LWLock* note_lock = nullptr; // more than one may want to write it

// Replaces the bits of `whose` and returns what was up before. Two may come at once: the guard, and
// somebody's opsmon.fence().
std::uint32_t set(std::uint32_t whose, std::uint32_t wanted) {
    FenceControl& fence = shmem::state()->fence;
    std::uint32_t old = pg_atomic_read_u32(&fence.word);
    for (;;) {
        const std::uint32_t next = (old & ~whose) | wanted;
        if (old == 0 && next != 0) {
            // Before the word: whoever sees that must not find the marks of the fence before valid.
            pg_atomic_fetch_add_u32(&fence.epoch, 1);
            pg_atomic_write_u64(&fence.raised_at, static_cast<uint64>(worker::now()));
        }
        if (pg_atomic_compare_exchange_u32(&fence.word, &old, next)) {
            return old;
        }
    }
}

} // namespace

void set_by_guard(std::uint32_t bits, core::VolumeKind volume) {
    if (bits != 0) {
        pg_atomic_write_u32(&shmem::state()->fence.volume, static_cast<uint32>(volume));
    }
    set(kByGuard, bits & kByGuard);
}

bool raise_by_hand(const ByHand& facts) {
    LWLockAcquire(note_lock, LW_EXCLUSIVE);
    note->publish(facts);
    const std::uint32_t before = set(core::kFenceByHand, core::kFenceByHand);
    LWLockRelease(note_lock);
    return (before & core::kFenceByHand) != 0;
}

bool lower_by_hand() {
    return (set(core::kFenceByHand, 0) & core::kFenceByHand) != 0;
}

bool by_hand(ByHand& facts) {
    return note->read(facts);
}

void request_memory() {
    RequestAddinShmemSpace(MAXALIGN(sizeof *note));
    RequestNamedLWLockTranche(kByHand, 1);
    marks::request_memory();
}

void attach_memory() {
    bool found = false;
    note = static_cast<core::Published<ByHand>*>(ShmemInitStruct(kByHand, sizeof *note, &found));
    if (!found) {
        note->initialize();
    }
    note_lock = &GetNamedLWLockTranche(kByHand)->lock;
    marks::attach_memory();
}

} // namespace opsmon::fence
