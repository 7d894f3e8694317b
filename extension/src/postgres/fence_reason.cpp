// The fence must not outlive its reason when the guard that should lower it is gone or frozen: then
// a session measures the room itself, as the guard would.

#include "core/fence.hpp"
#include "postgres/fence_gate.hpp"
#include "postgres/sense.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

#include <sys/statvfs.h>

namespace opsmon::fence {
namespace {

constexpr core::TimeUs kSilentUs = 5 * core::kUsPerSecond;
constexpr core::TimeUs kSenseEveryUs = 20'000;

std::optional<core::Bytes> free_bytes(const char* path) {
    struct statvfs facts;
    if (statvfs(path, &facts) != 0) {
        return std::nullopt;
    }
    return static_cast<core::Bytes>(facts.f_bavail) * facts.f_frsize;
}

bool wal_has(core::Bytes wanted) {
    const std::optional<core::Bytes> free = free_bytes("pg_wal");
    if (!free) {
        return false;
    }
    if (*free >= wanted) {
        return true;
    }
    core::WalPosition wal;
    sense::wal_position(wal);
    return *free + sense::reusable_wal(wal) >= wanted;
}

bool has_room(core::VolumeKind volume, core::Bytes wanted) {
    switch (volume) {
    case core::VolumeKind::Wal:
        return wal_has(wanted);
    case core::VolumeKind::Data: {
        const std::optional<core::Bytes> free = free_bytes(".");
        return free && *free >= wanted;
    }
    case core::VolumeKind::Tablespace:
        break; // never fenced
    }
    return false;
}

} // namespace

bool reason_is_gone(std::uint32_t bits) {
    if ((bits & core::kFenceByHand) != 0) {
        return false;
    }
    FenceControl& fence = shmem::state()->fence;
    const core::TimeUs now = worker::steady_now();
    const auto seen = static_cast<core::TimeUs>(pg_atomic_read_u64(&fence.guard_seen_steady_us));
    if (now - seen <= kSilentUs) {
        return false;
    }
    static core::TimeUs sensed_at = 0;
    static bool sensed = false;
    if (now - sensed_at >= kSenseEveryUs) {
        sensed = has_room(static_cast<core::VolumeKind>(pg_atomic_read_u32(&fence.volume)),
                          pg_atomic_read_u64(&fence.lift_usable_bytes));
        sensed_at = now;
    }
    return sensed;
}

} // namespace opsmon::fence
