#include "notify/dedup.hpp"

namespace opsmon::notify {

SendReason reason_to_send(const rules::Alert& alert, const std::optional<Told>& told,
                          const DedupPolicy& policy, SteadyTime now) {
    if (!alert.firing()) {
        // The end of something that nobody was told of is no news.
        return told && told->arrived && policy.send_resolved ? SendReason::Resolved
                                                             : SendReason::Nothing;
    }
    if (!told || told->fired_at != alert.fired_at) {
        return SendReason::Firing;
    }
    const std::chrono::milliseconds repeat_interval(policy.repeat_interval_ms);
    return now - told->at >= repeat_interval ? SendReason::Repeat : SendReason::Nothing;
}

} // namespace opsmon::notify
