#pragma once
// This component provides `Ticks`: the moments at which every series was sampled together. A sample
// at the tick after the one before needs no time of its own. Series share one list; a tick is never
// put between others, and stays as long as a sample may refer to it.

#include "base/clock.hpp"

#include <algorithm>
#include <vector>

namespace opsmon::history {

class Ticks {
public:
    void append(TimestampMs at) { moments_.push_back(at); } // later than all others

    [[nodiscard]] bool empty() const { return moments_.empty(); }
    [[nodiscard]] TimestampMs last() const { return moments_.back(); }
    [[nodiscard]] std::size_t bytes() const { return moments_.capacity() * sizeof(TimestampMs); }

    // Where the first tick later than `at` stands; size() where there is none.
    [[nodiscard]] std::size_t index_after(TimestampMs at) const {
        return static_cast<std::size_t>(std::upper_bound(moments_.begin(), moments_.end(), at) -
                                        moments_.begin());
    }
    [[nodiscard]] std::size_t size() const { return moments_.size(); }
    [[nodiscard]] TimestampMs operator[](std::size_t index) const { return moments_[index]; }

    // Is `at` the first tick after `before`? Nearly always it is the last one there is.
    [[nodiscard]] bool follows(TimestampMs at, TimestampMs before) const {
        const std::size_t count = moments_.size();
        if (count > 1 && moments_[count - 1] == at && moments_[count - 2] <= before) {
            return at > before;
        }
        const std::size_t index = index_after(before);
        return index < count && moments_[index] == at;
    }

    void drop_before(TimestampMs at) {
        moments_.erase(moments_.begin(), std::lower_bound(moments_.begin(), moments_.end(), at));
    }
    void drop_from(TimestampMs at) {
        moments_.erase(std::lower_bound(moments_.begin(), moments_.end(), at), moments_.end());
    }

private:
    std::vector<TimestampMs> moments_;
};

} // namespace opsmon::history
