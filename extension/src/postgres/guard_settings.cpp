#include "postgres/guard_settings.hpp"

#include "postgres/gucs.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
OPSMON_PG_HEADERS_END

namespace opsmon {
namespace {

core::Bytes megabytes(int count) {
    return static_cast<core::Bytes>(count) * core::kBytesPerMiB;
}

} // namespace

core::GuardSettings guard_settings() {
    core::GuardSettings result{};
    result.mode = gucs::mode();
    for (std::size_t i = 0; i < core::kRungs; ++i) {
        result.rung_acts[i] = gucs::rung_acts[i];
        result.wanted.free_bytes[i] = megabytes(gucs::free_mb[i]);
    }
    result.wal_keep_bytes = megabytes(wal_keep_size_mb);
    result.max_wal_bytes = megabytes(max_wal_size_mb);
    result.stall.time_us = gucs::stall_time_s * core::kUsPerSecond;
    result.stall.wal_bytes = megabytes(gucs::stall_mb);
    result.discard_archive =
        gucs::archiver_policy == static_cast<int>(gucs::ArchiverPolicy::Discard);
    result.interval_us = static_cast<core::TimeUs>(gucs::guard_interval_ms) * 1000;
    return result;
}

} // namespace opsmon
