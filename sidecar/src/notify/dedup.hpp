#pragma once
// This component decides whether a group has to be told to a receiver: something new fires,
// something is over, or it is time to say it again. The rules are Alertmanager's,
// but the end of what nobody was told is never told. Pure, and it says why.

#include "base/clock.hpp"
#include "notify/fingerprint.hpp"
#include "notify/slack_post.hpp"

#include <optional>
#include <vector>

namespace opsmon::notify {

using Fingerprints = std::vector<Fingerprint>; // sorted

// What the receiver was last told about a group.
struct Told {
    TimestampMs at = 0;       // on the clock that never jumps
    Fingerprints firing = {}; // as the last message had it
    Fingerprints muted = {};  // told before, left out of the last message as muted: an end is owed
    std::optional<SlackPost> post = {}; // the incident's message, where it can be edited
};

struct DedupPolicy {
    bool send_resolved = false;
    TimestampMs repeat_interval_ms = 0;
    TimestampMs group_interval_ms = 0; // from flush to flush
    TimestampMs flushed_at = 0;        // the last of them
};

enum class SendReason { Nothing, Firing, Resolved, Repeat };

// It is said again at the look that is nearest to the repeat interval: a message takes time, so
// what is a multiple of the group interval would else always come one look late. `told` may be
// null: nothing yet. `ended` are those of the told ones, left out or not, that are over.
[[nodiscard]] SendReason reason_to_send(const Told* told, const Fingerprints& firing,
                                        const Fingerprints& ended, const DedupPolicy& policy,
                                        TimestampMs now);

// Of whom an end may be owed.
[[nodiscard]] Fingerprints every_one(const Told& told);
[[nodiscard]] Fingerprints common(const Fingerprints& a, const Fingerprints& b);
[[nodiscard]] bool holds_all(const Fingerprints& whole, const Fingerprints& part);

} // namespace opsmon::notify
