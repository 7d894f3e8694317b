#include "collect/network/daily_peaks.hpp"

#include <algorithm>
#include <cmath>

namespace opsmon::collect {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr double kMinute = 60;
constexpr double kLongestCycle = 3600; // the longest interval that can be set; a gap counts no more
constexpr std::size_t kRecurrence = 3;
constexpr std::size_t kDaysPerOutlier = 10;

double nth_largest(std::vector<double> values, std::size_t n) {
    if (values.size() < n) {
        return 0;
    }
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n - 1),
                     values.end(), std::greater<>());
    return values[n - 1];
}

bool makes_sense(const DailyPeaks::Day& day) {
    return std::isfinite(day.ordinary) && std::isfinite(day.suspected) &&
           std::isfinite(day.seconds) && day.ordinary >= 0 && day.suspected >= 0 &&
           day.seconds >= 0;
}

} // namespace

std::int64_t day_number(TimestampMs now) {
    return now / kDayMs;
}

// A clock that was set back finds its days again, or makes no new ones before the oldest.
DailyPeaks::Day& DailyPeaks::day_of(std::int64_t day) {
    const auto at = std::find_if(days_.begin(), days_.end(),
                                 [&](const Day& known) { return known.day >= day; });
    if (at != days_.end() && at->day == day) {
        return *at;
    }
    if (at == days_.begin() && days_.size() == kDays) {
        return days_.front();
    }
    auto made = days_.insert(at, Day{day, 0, 0, 0});
    if (days_.size() > kDays) {
        days_.erase(days_.begin());
        --made;
    }
    return *made;
}

void DailyPeaks::observe(double value, double seconds, TimestampMs now,
                         std::optional<std::int64_t> suspected) {
    if (!std::isfinite(value) || value < 0 || !(seconds > 0)) {
        return;
    }
    seconds = std::min(seconds, kLongestCycle);
    if (minute_suspected_ != suspected.has_value()) { // one minute is either or
        minute_sum_ = minute_seconds_ = 0;
        minute_suspected_ = suspected.has_value();
    }
    minute_sum_ += value * seconds;
    minute_seconds_ += seconds;
    day_of(day_number(now)).seconds += seconds;
    if (minute_seconds_ < kMinute) {
        return;
    }
    const double mean = minute_sum_ / minute_seconds_;
    minute_sum_ = minute_seconds_ = 0;
    if (suspected) {
        Day& day = day_of(*suspected);
        day.suspected = std::max(day.suspected, mean);
    } else {
        Day& day = day_of(day_number(now));
        day.ordinary = std::max(day.ordinary, mean);
    }
}

// The more days are known, the more of them may be out of the ordinary.
std::optional<double> DailyPeaks::peak() const {
    std::vector<double> ordinary;
    std::vector<double> suspected;
    for (const Day& day : days_) {
        if (day.seconds >= kSecondsToCount) {
            ordinary.push_back(day.ordinary);
        }
        suspected.push_back(day.suspected);
    }
    if (ordinary.size() < kDaysToLearn) {
        return std::nullopt;
    }
    const std::size_t rank = 1 + ordinary.size() / kDaysPerOutlier;
    return std::max(nth_largest(std::move(ordinary), rank),
                    nth_largest(std::move(suspected), kRecurrence));
}

void DailyPeaks::restore(std::vector<Day> days) {
    std::erase_if(days, [](const Day& day) { return !makes_sense(day); });
    std::sort(days.begin(), days.end(), [](const Day& a, const Day& b) { return a.day < b.day; });
    days.erase(std::unique(days.begin(), days.end(),
                           [](const Day& a, const Day& b) { return a.day == b.day; }),
               days.end());
    if (days.size() > kDays) {
        days.erase(days.begin(), days.end() - kDays);
    }
    days_ = std::move(days);
}

} // namespace opsmon::collect
