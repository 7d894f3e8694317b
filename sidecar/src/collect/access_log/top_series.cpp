#include "collect/access_log/top_series.hpp"

namespace opsmon::collect {
namespace {

using namespace std::chrono_literals;

constexpr auto kReviewEvery = 10s;
constexpr auto kDecayEvery = 1min;
constexpr std::uint64_t kTimesBusier = 2;

bool is_due(std::optional<SteadyTime>& last, SteadyTime now, SteadyTime::duration every) {
    if (last && now - *last < every) {
        return false;
    }
    last = now;
    return true;
}

} // namespace

void TopSeries::review(SteadyTime now) {
    if (is_due(hour_began_, now, 1h)) {
        new_in_hour_ = 0;
    }
    // The first review waits for something to rank.
    if (candidates_.size() == 0 || !is_due(reviewed_at_, now, kReviewEvery)) {
        return;
    }
    for (const HeavyHitters::Hitter& candidate : candidates_.top(limits_.shown)) {
        if (candidate.sure < limits_.min_requests) {
            break;
        }
        if (!shown_.contains(candidate.key)) {
            consider(candidate);
        }
    }
    if (!decayed_at_) {
        decayed_at_ = now;
    }
    if (is_due(decayed_at_, now, kDecayEvery)) {
        candidates_.decay();
    }
}

void TopSeries::show_at_most(std::size_t shown) {
    limits_.shown = shown;
    while (shown_.size() > shown) {
        shown_.erase(find_idlest());
    }
}

void TopSeries::consider(const HeavyHitters::Hitter& candidate) {
    auto idlest = shown_.end();
    if (shown_.size() >= limits_.shown) {
        idlest = find_idlest();
        if (candidate.sure < kTimesBusier * candidates_.sure_count(idlest->first)) {
            return;
        }
    }
    if (new_in_hour_ >= limits_.new_per_hour) {
        ++refused_;
        return;
    }
    ++new_in_hour_;
    if (idlest != shown_.end()) {
        shown_.erase(idlest);
    }
    shown_.emplace(candidate.key, RequestTotals());
}

TopSeries::Shown::iterator TopSeries::find_idlest() {
    return std::min_element(shown_.begin(), shown_.end(), [this](const auto& a, const auto& b) {
        const auto first = candidates_.sure_count(a.first);
        const auto second = candidates_.sure_count(b.first);
        return first != second ? first < second : a.first > b.first;
    });
}

} // namespace opsmon::collect
