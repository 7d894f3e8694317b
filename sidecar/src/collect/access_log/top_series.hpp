#pragma once
// This component provides `TopSeries`: totals of the busiest keys of one kind, each by itself, and
// of all others together. Which keys those are changes slowly: a newcomer must be twice as busy as
// the one it replaces, and only so many are taken in an hour, because each is a new series for
// whoever scrapes. A series counts from when it was taken and only grows while it exists. Pure.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "collect/access_log/heavy_hitters.hpp"

namespace opsmon::collect {

struct RequestTotals {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    std::uint64_t timed = 0; // of the requests, those with a duration
    double seconds = 0;

    void add(const RequestTotals& more) {
        requests += more.requests;
        errors += more.errors;
        timed += more.timed;
        seconds += more.seconds;
    }
};

struct TopLimits {
    std::size_t shown = 20;
    std::size_t candidates = 512;
    std::size_t new_per_hour = 60;
    std::uint64_t min_requests = 5; // fewer in a minute or two are not worth a series
};

class TopSeries {
public:
    explicit TopSeries(TopLimits limits = {}) : limits_(limits), candidates_(limits.candidates) {}

    void add(std::string_view key, const RequestTotals& request) {
        const auto found = shown_.find(key);
        (found == shown_.end() ? other_ : found->second).add(request);
        candidates_.add(key);
    }

    // To be called at least every few seconds; looks at the ranks every ten.
    void review(SteadyTime now);

    // The idlest of too many go.
    void show_at_most(std::size_t shown);

    using Shown = std::unordered_map<std::string, RequestTotals, TextHash, std::equal_to<>>;
    [[nodiscard]] const Shown& shown() const { return shown_; }
    [[nodiscard]] const RequestTotals& other() const { return other_; }
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

private:
    void consider(const HeavyHitters::Hitter& candidate);
    [[nodiscard]] Shown::iterator find_idlest();

    TopLimits limits_;
    HeavyHitters candidates_;
    Shown shown_;
    RequestTotals other_;
    std::uint64_t refused_ = 0;
    std::size_t new_in_hour_ = 0;
    std::optional<SteadyTime> hour_began_;
    std::optional<SteadyTime> reviewed_at_;
    std::optional<SteadyTime> decayed_at_;
};

} // namespace opsmon::collect
