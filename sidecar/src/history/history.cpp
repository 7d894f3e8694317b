#include "history/history.hpp"

#include "history/stale.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace opsmon::history {

namespace {

// How often what nobody sees any more is looked for, in shares of the window.
constexpr TimestampMs kSweepsPerWindow = 64;

// A series in the map, the index and the order of appends; its samples are counted for themselves.
constexpr std::size_t kPerSeriesBytes = 96;

bool starts_slot(TimestampMs at, TimestampMs last_tick, TimestampMs interval_ms) {
    const TimestampMs slot = std::max<TimestampMs>(interval_ms, 1);
    return at / slot != last_tick / slot;
}

std::size_t heap_bytes(const std::string& text) {
    constexpr std::size_t kMallocBytes = 16;
    const bool is_inside = text.capacity() <= std::string().capacity();
    return is_inside ? 0 : text.capacity() + 1 + kMallocBytes;
}

std::size_t heap_bytes(const metrics::Labels& labels) {
    std::size_t out = labels.pairs().capacity() * sizeof(metrics::Labels::Pair);
    for (const auto& [name, value] : labels.pairs()) {
        out += heap_bytes(name) + heap_bytes(value);
    }
    return out;
}

} // namespace

void History::replace_limits(Limits limits) {
    is_narrower_ = is_narrower_ || limits.bytes_max < limits_.bytes_max ||
                   limits.series_max < limits_.series_max;
    limits_ = limits;
    derived_.replace_window(limits.window_ms);
}

void History::append(TimestampMs at, const std::vector<metrics::SeriesPoint>& points) {
    const std::array<std::span<const metrics::SeriesPoint>, 1> groups = {points};
    append_groups(at, groups);
}

void History::append_groups(TimestampMs at,
                            std::span<const std::span<const metrics::SeriesPoint>> groups) {
    if (appends_ > 0 && at <= last_at_) {
        forget_from(at); // the clock was set back: what lies ahead of it never happened
    }
    floor_ = appends_ == 0 ? at : std::max(floor_, at - limits_.window_ms);
    ++appends_;
    const bool on_tick =
        store_.ticks.empty() || starts_slot(at, store_.ticks.last(), limits_.interval_ms);
    if (on_tick) {
        store_.ticks.append(at);
    }
    expected_ = 0;
    next_order_.clear();
    for (const auto& points : groups) {
        for (const metrics::SeriesPoint& point : points) {
            append_one(at, point, on_tick);
        }
    }
    end_absent_series(at);
    order_.swap(next_order_);
    sort_index();
    last_at_ = at;
    forget_old(at);
    if (std::exchange(is_narrower_, false)) {
        give_up_excess();
    }
}

void History::append_one(TimestampMs at, const metrics::SeriesPoint& point, bool on_tick) {
    if (is_stale(point.value)) {
        return; // says of itself that it is not there
    }
    Entry* entry = find_or_create(point.labels);
    if (entry == nullptr) {
        ++series_dropped_total_;
        return;
    }
    Series& series = entry->second;
    if (series.seen_in == appends_) {
        return; // a duplicate within one snapshot: the first one counts
    }
    series.seen_in = appends_;
    series.order = next_order_.size();
    next_order_.push_back(entry);
    if (series.samples.append(store_, {at, point.value}, on_tick)) {
        series.samples.drop_before(store_, floor_);
        count_index(series);
        make_room();
    }
}

History::Entry* History::find_or_create(const metrics::Labels& labels) {
    if (expected_ < order_.size() && order_[expected_]->first == labels) {
        return order_[expected_++];
    }
    const auto found = series_.find(labels);
    if (found == series_.end()) {
        return create(labels);
    }
    if (found->second.seen_in + 1 == appends_) {
        expected_ = found->second.order + 1;
    }
    return &*found;
}

History::Entry* History::create(const metrics::Labels& labels) {
    make_room();
    if (is_full() && swept_in_ != appends_) {
        // Series that have ended make room for living ones, or a churn of names would blind us.
        swept_in_ = appends_;
        const TimestampMs middle = floor_ + (last_at_ - floor_) / 2;
        sweep([middle](const Series& series) {
            return series.samples.has_ended() && series.samples.last().at < middle;
        });
        if (is_full()) {
            sweep([](const Series& series) { return series.samples.has_ended(); });
        }
    }
    if (is_full()) {
        return nullptr;
    }
    auto& entry = *series_.try_emplace(labels).first;
    auto& named = by_name_[std::string(labels.get(metrics::kMetricName))];
    named.push_back(&entry);
    unsorted_.push_back(&named);
    entry.second.fixed_bytes = heap_bytes(entry.first) + sizeof(Entry) + kPerSeriesBytes;
    label_bytes_ += entry.second.fixed_bytes;
    return &entry;
}

bool History::is_full() const {
    // Names may fill half of the memory at most: the other half is for what they name.
    return series_.size() >= limits_.series_max || bytes_in_use() >= limits_.bytes_max ||
           other_bytes() >= limits_.bytes_max / 2;
}

void History::end_absent_series(TimestampMs at) {
    for (Entry* entry : order_) {
        Series& series = entry->second;
        if (series.seen_in != appends_) {
            series.samples.end(store_, at);
            count_index(series);
        }
    }
}

void History::forget_from(TimestampMs at) {
    for (auto& [labels, series] : series_) {
        if (at <= floor_) {
            series.samples.clear(store_); // what is left is older than anything that is told
        } else {
            series.samples.drop_from(store_, at);
        }
    }
    store_.ticks.drop_from(at);
    floor_ = std::min(floor_, at);
    sweep([](const Series& series) { return series.samples.empty(); });
    // A series that had ended after `at` lives again, and the next append may be without it.
    order_.clear();
    for (Entry& entry : series_) {
        if (!entry.second.samples.has_ended()) {
            order_.push_back(&entry);
        }
    }
}

void History::forget_old(TimestampMs at) {
    if (at >= swept_at_ && at - swept_at_ < limits_.window_ms / kSweepsPerWindow) {
        return;
    }
    swept_at_ = at;
    for (auto& [labels, series] : series_) {
        series.samples.drop_before(store_, floor_);
    }
    sweep([this](const Series& series) {
        return series.samples.empty() || series.samples.last().at < floor_;
    });
    store_.ticks.drop_before(std::min(first_at(), store_.ticks.last()));
}

void History::make_room() {
    if (bytes_in_use() < limits_.bytes_max || made_room_in_ == appends_) {
        return;
    }
    const std::size_t wanted = limits_.bytes_max - limits_.bytes_max / 16;
    // Never up to the last append: what lives stays.
    TimestampMs floor = std::max(floor_, first_at());
    const TimestampMs step = std::max<TimestampMs>((last_at_ - floor) / kSweepsPerWindow, 1);
    while (bytes_in_use() > wanted && floor < last_at_) {
        floor = std::min(floor + step, last_at_);
        const std::size_t before = bytes_in_use();
        for (auto& [labels, series] : series_) {
            samples_dropped_total_ += series.samples.drop_before(store_, floor);
        }
        sweep([floor](const Series& series) {
            return series.samples.has_ended() && series.samples.last().at < floor;
        });
        if (bytes_in_use() < before) {
            floor_ = std::max(floor_, floor);
        }
    }
    made_room_in_ = bytes_in_use() > wanted ? appends_ : made_room_in_;
}

void History::give_up_excess() {
    const auto is_beyond = [this] {
        return series_.size() > limits_.series_max || bytes_in_use() > limits_.bytes_max ||
               other_bytes() > limits_.bytes_max / 2;
    };
    made_room_in_ = 0;
    make_room();
    if (is_beyond()) {
        sweep([](const Series& series) { return series.samples.has_ended(); });
    }
    while (is_beyond() && !order_.empty()) {
        const auto kept = order_.size() - std::max<std::size_t>(order_.size() / 64, 1);
        for (std::size_t place = 0; place < order_.size(); ++place) {
            order_[place]->second.order = place;
        }
        series_dropped_total_ += order_.size() - kept;
        sweep([&](const Series& series) {
            return series.seen_in == appends_ && series.order >= kept;
        });
    }
    BlockPool packed; // the memory itself is given back, too
    for (auto& [labels, series] : series_) {
        series.samples.move_blocks(store_.blocks, packed);
        count_index(series);
    }
    store_.blocks = std::move(packed);
}

void History::sweep(const std::function<bool(const Series&)>& is_dead) {
    const auto dead = [&](const Entry* entry) { return is_dead(entry->second); };
    if (std::none_of(series_.begin(), series_.end(),
                     [&](const Entry& entry) { return dead(&entry); })) {
        return;
    }
    sort_index(); // it points into what may be erased now
    for (auto& [name, entries] : by_name_) {
        std::erase_if(entries, dead);
    }
    std::erase_if(by_name_, [](const auto& named) { return named.second.empty(); });
    if (std::erase_if(order_, dead) > 0) {
        expected_ = order_.size(); // places have changed: look up what is left of this append
    }
    for (auto entry = series_.begin(); entry != series_.end();) {
        Series& series = entry->second;
        if (is_dead(series)) {
            series.samples.clear(store_);
            label_bytes_ -= series.fixed_bytes;
            index_bytes_ -= series.index_bytes;
            entry = series_.erase(entry);
        } else {
            ++entry;
        }
    }
}

void History::sort_index() {
    std::sort(unsorted_.begin(), unsorted_.end());
    unsorted_.erase(std::unique(unsorted_.begin(), unsorted_.end()), unsorted_.end());
    for (auto* entries : unsorted_) {
        std::sort(entries->begin(), entries->end(),
                  [](const Entry* left, const Entry* right) { return left->first < right->first; });
    }
    unsorted_.clear();
}

void History::count_index(Series& series) {
    index_bytes_ -= series.index_bytes;
    series.index_bytes = series.samples.index_bytes();
    index_bytes_ += series.index_bytes;
}

} // namespace opsmon::history
