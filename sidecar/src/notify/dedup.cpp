#include "notify/dedup.hpp"

#include <algorithm>

namespace opsmon::notify {
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
    const bool time_to_repeat = now - told->at >= policy.repeat_interval_ms;
    return time_to_repeat && !firing.empty() ? SendReason::Repeat : SendReason::Nothing;
}

} // namespace opsmon::notify
