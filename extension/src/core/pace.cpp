#include "core/pace.hpp"

namespace opsmon::core {
namespace {

constexpr TimeUs kBucketUs = 10 * kUsPerSecond;
// A shorter span makes a rate of one record.
constexpr TimeUs kLeastSpanUs = 2'000;
// Whoever comes later than this was stopped, not late: no amount of room prepares for that.
constexpr TimeUs kLongestDelayUs = kUsPerSecond;
constexpr Bytes kSegmentsAlwaysNeeded = 4;

TimeUs smaller(TimeUs a, TimeUs b) {
    return a < b ? a : b;
}

// The bucket of this moment; those that are a minute old are emptied.
Reaction::Bucket& bucket_of(Reaction& reaction, TimeUs steady_us) {
    const TimeUs began_at = steady_us / kBucketUs * kBucketUs;
    const TimeUs oldest = began_at - (Reaction::kBuckets - 1) * kBucketUs;
    for (Reaction::Bucket& bucket : reaction.buckets) {
        if (bucket.began_at < oldest) {
            bucket = Reaction::Bucket{};
        }
    }
    Reaction::Bucket& bucket =
        reaction.buckets[static_cast<std::uint64_t>(steady_us / kBucketUs) % Reaction::kBuckets];
    bucket.began_at = began_at;
    return bucket;
}

void observe_rate(Reaction& reaction, Reaction::Bucket& bucket, Lsn current, TimeUs steady_us) {
    const bool both_known = reaction.counted_lsn != kUnknownLsn && current != kUnknownLsn;
    const TimeUs span = steady_us - reaction.counted_at;
    if (both_known && span < kLeastSpanUs) {
        return; // goes into the next one
    }
    if (both_known) {
        const double rate = static_cast<double>(bytes_between(current, reaction.counted_lsn)) *
                            kUsPerSecond / static_cast<double>(span);
        if (rate > bucket.fastest_bytes_per_second) {
            bucket.fastest_bytes_per_second = rate;
        }
    }
    reaction.counted_at = steady_us;
    reaction.counted_lsn = current;
}

Bytes to_bytes(double bytes) {
    constexpr Bytes largest = std::numeric_limits<Bytes>::max();
    return bytes < static_cast<double>(largest) ? static_cast<Bytes>(bytes) : largest;
}

Bytes saturating_add(Bytes a, Bytes b) {
    constexpr Bytes largest = std::numeric_limits<Bytes>::max();
    return b > largest - a ? largest : a + b;
}

} // namespace

TimeUs next_look(Bytes usable, Bytes threshold, TimeUs interval_us) {
    constexpr Bytes fastest_per_us = kFastestWriterBytesPerSecond / kUsPerSecond + 1;
    const TimeUs reached_in = to_signed(bytes_between(usable, threshold) / fastest_per_us);
    const TimeUs wait = reached_in > kLeastIntervalUs ? reached_in : kLeastIntervalUs;
    return smaller(wait, interval_us);
}

void observe(Reaction& reaction, Lsn current, TimeUs steady_us, TimeUs planned_us) {
    const bool went_back = steady_us < reaction.looked_at ||
                           (current != kUnknownLsn && current < reaction.counted_lsn);
    if (went_back) {
        reaction = Reaction{};
    }
    Reaction::Bucket& bucket = bucket_of(reaction, steady_us);
    if (reaction.looked_at != 0) {
        const TimeUs delay = smaller(steady_us - reaction.looked_at - planned_us, kLongestDelayUs);
        if (delay > bucket.longest_delay_us) {
            bucket.longest_delay_us = delay;
        }
    }
    observe_rate(reaction, bucket, current, steady_us);
    reaction.looked_at = steady_us;
}

Bytes fence_needs(const Reaction& reaction, Bytes segment_bytes) {
    TimeUs longest_delay_us = 0;
    double fastest = 0;
    for (const Reaction::Bucket& bucket : reaction.buckets) {
        if (bucket.longest_delay_us > longest_delay_us) {
            longest_delay_us = bucket.longest_delay_us;
        }
        if (bucket.fastest_bytes_per_second > fastest) {
            fastest = bucket.fastest_bytes_per_second;
        }
    }
    const double written = static_cast<double>(longest_delay_us) / kUsPerSecond * fastest;
    return saturating_add(to_bytes(written),
                          saturating_multiply(kSegmentsAlwaysNeeded, segment_bytes));
}

} // namespace opsmon::core
