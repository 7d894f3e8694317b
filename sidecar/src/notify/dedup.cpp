#include "notify/dedup.hpp"

#include <algorithm>
#include <iterator>

namespace opsmon::notify {

Fingerprints every_one(const Told& told) {
    Fingerprints out;
    std::set_union(told.firing.begin(), told.firing.end(), told.muted.begin(), told.muted.end(),
                   std::back_inserter(out));
    return out;
}

Fingerprints common(const Fingerprints& a, const Fingerprints& b) {
    Fingerprints out;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

bool holds_all(const Fingerprints& whole, const Fingerprints& part) {
    return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

SendReason reason_to_send(const Told* told, const Fingerprints& firing, const Fingerprints& ended,
                          const DedupPolicy& policy, TimestampMs now) {
    if (told == nullptr) {
        return firing.empty() ? SendReason::Nothing : SendReason::Firing;
    }
    if (!holds_all(told->firing, firing)) {
        return SendReason::Firing;
    }
    if (!ended.empty() && policy.send_resolved) {
        return SendReason::Resolved;
    }
    const auto slack = std::min(policy.group_interval_ms, policy.repeat_interval_ms) / 2;
    const bool time_to_repeat = now - told->at >= policy.repeat_interval_ms ||
                                policy.flushed_at - told->at >= policy.repeat_interval_ms - slack;
    return time_to_repeat && !firing.empty() ? SendReason::Repeat : SendReason::Nothing;
}

} // namespace opsmon::notify
