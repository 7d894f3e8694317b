#include "history/joined.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace opsmon::history {
namespace {

const metrics::Labels& labels_of(const metrics::Labels* labels) {
    return *labels;
}
template <typename Item>
const metrics::Labels& labels_of(const Item& item) {
    return *item.labels;
}

// Both in the order of labels; of what both have, the newer one's, which `meet` may complete.
template <typename Item, typename Meet>
std::vector<Item> merge(std::vector<Item> older, std::vector<Item> newer, const Meet& meet) {
    std::vector<Item> out;
    out.reserve(older.size() + newer.size());
    auto old = older.begin();
    for (Item& item : newer) {
        for (; old != older.end() && labels_of(*old) < labels_of(item); ++old) {
            out.push_back(std::move(*old));
        }
        if (old != older.end() && labels_of(*old) == labels_of(item)) {
            meet(*old++, item);
        }
        out.push_back(std::move(item));
    }
    std::move(old, older.end(), std::back_inserter(out));
    return out;
}

} // namespace

std::vector<SelectedPoint> Joined::newest(std::string_view metric_name, const Filter& filter,
                                          TimestampMs after, TimestampMs until) const {
    const TimestampMs begin = std::max(after, border_);
    std::vector<SelectedPoint> newer;
    if (until > begin) {
        newer = newer_.newest(metric_name, filter, begin, until);
    }
    if (after >= border_) {
        return newer;
    }
    auto older = older_.newest(metric_name, filter, after, std::min(until, border_));
    if (until > border_) {
        // What has ended since is not as it was before.
        const auto known = newer_.series_between(metric_name, filter, border_, until);
        std::erase_if(older, [&](const SelectedPoint& point) {
            return std::any_of(known.begin(), known.end(), [&](const metrics::Labels* labels) {
                return *labels == *point.labels;
            });
        });
    }
    return merge(std::move(older), std::move(newer), [](auto&, auto&) {});
}

std::vector<SelectedRange> Joined::range_up_to(std::size_t samples_max,
                                               std::string_view metric_name, const Filter& filter,
                                               TimestampMs after, TimestampMs until) const {
    std::vector<SelectedRange> older;
    if (after < border_) {
        older =
            older_.range_up_to(samples_max, metric_name, filter, after, std::min(until, border_));
    }
    std::size_t samples = 0;
    for (const SelectedRange& range : older) {
        samples += range.points.size();
    }
    const TimestampMs begin = std::max(after, border_);
    if (samples > samples_max || until <= begin) {
        return older;
    }
    auto newer = newer_.range_up_to(samples_max - samples, metric_name, filter, begin, until);
    return merge(std::move(older), std::move(newer), [](SelectedRange& old, SelectedRange& item) {
        item.points.insert(item.points.begin(), old.points.begin(), old.points.end());
    });
}

std::vector<const metrics::Labels*> Joined::series_between(std::string_view metric_name,
                                                           const Filter& filter, TimestampMs after,
                                                           TimestampMs until) const {
    std::vector<const metrics::Labels*> older;
    std::vector<const metrics::Labels*> newer;
    if (after < border_) {
        older = older_.series_between(metric_name, filter, after, std::min(until, border_));
    }
    if (until > std::max(after, border_)) {
        newer = newer_.series_between(metric_name, filter, std::max(after, border_), until);
    }
    return merge(std::move(older), std::move(newer), [](auto&, auto&) {});
}

} // namespace opsmon::history
