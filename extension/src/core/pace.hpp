#pragma once
// How soon the guard must look again, and how much room the fence needs to be in time. Both follow
// from what the fastest possible writer could do until then. Pure arithmetic on steady time.

#include "core/units.hpp"

namespace opsmon::core {

// 1.9 GB/s were measured from one session, 3.5 GB/s in bursts.
inline constexpr Bytes kFastestWriterBytesPerSecond = Bytes{4} * 1024 * kBytesPerMiB;
inline constexpr TimeUs kLeastIntervalUs = 5'000;
// While somebody's fence is up: who begins to write in a statement that is older has to be found.
inline constexpr TimeUs kUnderFenceIntervalUs = 20'000;

// Until `usable` could have fallen to `threshold`, but never longer than `interval_us`.
TimeUs next_look(Bytes usable, Bytes threshold, TimeUs interval_us);

// The largest values of the last minute: how late a look came, and how fast WAL was written between
// two looks.
struct Reaction {
    static constexpr std::uint32_t kBuckets = 6; // of ten seconds
    struct Bucket {
        TimeUs began_at;
        TimeUs longest_delay_us;
        double fastest_bytes_per_second;
    } buckets[kBuckets];
    TimeUs looked_at;  // 0: never
    TimeUs counted_at; // the rate is counted from here
    Lsn counted_lsn;
};

// Called at each look. `planned_us` is how long the look before meant to wait for this one.
void observe(Reaction& reaction, Lsn current, TimeUs steady_us, TimeUs planned_us);

// What may be written before a fence holds: the longest time a look came too late, at the fastest
// rate seen, and four segments (two are always lost, two are what recovery needs).
Bytes fence_needs(const Reaction& reaction, Bytes segment_bytes);

} // namespace opsmon::core
