#pragma once
// This component provides `ShownNames`: which few of many names (remote prefixes, endpoints, client
// prefixes) are shown as label values, and which are "other". It changes its mind slowly and lets
// only so many new names in within an hour, so that nobody outside can make the number of series
// grow. Collectors with open label sets use it. Pure: time is an argument.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace opsmon::collect {

class ShownNames {
public:
    struct Limits {
        std::chrono::seconds shown_at_least{60};
        std::chrono::seconds forgotten_after{300}; // without any score
        double newcomer_factor = 1.5;              // how much larger than whom it replaces
        std::size_t new_names_per_hour = 60;
    };

    struct Scored {
        std::string name;
        double score = 0; // of any unit, above 0
    };

    ShownNames(std::size_t count, Limits limits) : count_(count), limits_(limits) {}

    // `candidates`: those worth it, each name once, and all shown ones that have a score now.
    void choose(std::vector<Scored> candidates, SteadyTime now);

    [[nodiscard]] bool contains(std::string_view name) const {
        return shown_.find(name) != shown_.end();
    }
    [[nodiscard]] std::vector<std::string> names() const;
    // How often a name was kept out by the hourly limit alone.
    [[nodiscard]] std::uint64_t suppressed_total() const { return suppressed_total_; }

private:
    struct Shown {
        SteadyTime since;
        SteadyTime scored_at;
        double score = 0;
    };
    using ShownMap = std::map<std::string, Shown, std::less<>>;

    void take_scores(const std::vector<Scored>& candidates, SteadyTime now);
    [[nodiscard]] ShownMap::iterator weakest(SteadyTime now);
    [[nodiscard]] bool may_enter(const std::string& name) const;
    void enter(const Scored& candidate, SteadyTime now);

    std::size_t count_;
    Limits limits_;
    ShownMap shown_;
    std::map<std::string, SteadyTime, std::less<>> entered_; // within the last hour
    std::uint64_t suppressed_total_ = 0;
};

} // namespace opsmon::collect
