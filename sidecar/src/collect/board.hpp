#pragma once
// This component provides `Board`, where collectors pin their newest report and the pipeline reads
// all of them. It is the only thing the two sides share. It judges nothing, and it never waits for
// a collector; one that was taken off the board can no longer write on it.

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collect/source.hpp"
#include "metrics/exposition.hpp"

namespace opsmon::collect {

struct Timing {
    std::chrono::milliseconds interval{};
    std::chrono::milliseconds timeout{};
};

struct BoardEntry {
    std::string collector;
    Timing timing;
    SteadyTime registered_at;
    std::shared_ptr<const CollectorReport> report; // null until the first one
    metrics::RenderingPtr rendering;               // of its samples
    SteadyTime reported_at;
    std::optional<TimestampMs> last_success_at;
};

struct BoardView {
    std::vector<BoardEntry> entries; // by name of the collector
    std::uint64_t dropped_duplicate_total = 0;
    std::uint64_t dropped_limit_total = 0;
};

class Board {
public:
    using Registration = std::uint64_t;

    Registration add(const std::vector<std::string>& collectors, Timing timing, SteadyTime now);
    void remove(Registration registration);
    // A report that says what the one before said is taken, and is no news.
    void publish(Registration registration, std::vector<CollectorReport> reports,
                 const CycleTime& now);

    [[nodiscard]] BoardView view() const;

    // Waits until something was published since the last call returned, or `until`; tells which.
    bool wait_for_news(SteadyTime until);
    void wake();

private:
    struct Slot {
        Registration registration = 0;
        BoardEntry entry;
    };

    [[nodiscard]] std::vector<metrics::RenderingPtr>
    unchanged(Registration registration, const std::vector<CollectorReport>& reports) const;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, Slot> slots_;
    Registration last_registration_ = 0;
    std::uint64_t dropped_duplicate_total_ = 0;
    std::uint64_t dropped_limit_total_ = 0;
    bool news_ = false;
};

} // namespace opsmon::collect
