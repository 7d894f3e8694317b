#pragma once
// This component provides `WindowedRate`: how fast a counter rose over the last while, per second.
// The TCP collector uses it where a rule needs a rate: rules have none. Time is an argument.

#include <chrono>
#include <deque>
#include <optional>

#include "base/clock.hpp"

namespace opsmon::collect {

class WindowedRate {
public:
    static constexpr std::size_t kMaxPoints = 128;

    // A window of zero is the last cycle alone.
    explicit WindowedRate(std::chrono::milliseconds window) : window_(window) {}

    // Nothing at first, and after a counter fell: then it begins anew.
    std::optional<double> add(std::optional<double> total, SteadyTime now) {
        if (!total ||
            (!points_.empty() && (*total < points_.back().total || now <= points_.back().at))) {
            points_.clear();
        }
        if (!total) {
            return std::nullopt;
        }
        points_.push_back({*total, now});
        while (points_.size() > 2 &&
               (points_.size() > kMaxPoints || now - points_[1].at >= window_)) {
            points_.pop_front();
        }
        if (points_.size() < 2) {
            return std::nullopt;
        }
        const std::chrono::duration<double> passed = now - points_.front().at;
        return (*total - points_.front().total) / passed.count();
    }

private:
    struct Point {
        double total;
        SteadyTime at;
    };
    std::chrono::milliseconds window_;
    std::deque<Point> points_;
};

} // namespace opsmon::collect
