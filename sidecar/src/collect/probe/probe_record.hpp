#pragma once
// This component provides `ProbeRecord`: the outcomes of one service's probes that are kept, the
// last ones and the last failures apart, and the counters made of them. The probe's thread writes,
// the collector and the web server read. Pure but for its lock; it holds nothing without limit.

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "collect/probe/outcome.hpp"

namespace opsmon::collect {

class ProbeRecord {
public:
    static constexpr std::size_t kKept = 10; // of each

    // What metrics are made of, in every cycle.
    struct Summary {
        std::array<std::uint64_t, static_cast<std::size_t>(Reason::Count)> failed{};
        std::optional<TimestampMs> last_success_at;
        std::optional<std::int64_t> tls_expiry;
        // Of the last probe.
        PhaseSeconds phase_seconds;
        std::optional<int> http_status;
        std::string unit_state;
    };
    struct View {
        std::deque<ProbeOutcome> last;     // oldest first
        std::deque<ProbeOutcome> failures; // oldest first
        Summary summary;
    };

    void add(ProbeOutcome outcome);
    [[nodiscard]] View view() const;
    [[nodiscard]] Summary summary() const;
    // What was seen of a service stands over a reload that changed how it is probed.
    void continue_from(const ProbeRecord& predecessor);

private:
    mutable std::mutex mutex_;
    View kept_;
};

} // namespace opsmon::collect
