#include "promql/selector_node.hpp"

#include "history/stale.hpp"

#include <algorithm>

namespace opsmon::promql {
namespace {

history::Source::Filter filter_of(const VectorSelector& selector) {
    return [&selector](const metrics::Labels& labels) { return selects(selector, labels); };
}

double to_seconds(TimestampMs at) {
    return static_cast<double>(at) / 1000;
}

} // namespace

NodePtr InstantNode::make(Run& run, const VectorSelector& selector, Reference reference,
                          const Steps& steps, bool gives_times) {
    auto node = std::make_unique<InstantNode>(run, reference, gives_times);
    return node->load(selector, steps) ? std::move(node) : nullptr;
}

bool InstantNode::load(const VectorSelector& selector, const Steps& steps) {
    const auto first = reference_.at(steps.start);
    const auto last = reference_.at(steps.end);
    if (first == last) {
        load_newest(selector, last);
        known_ = true;
        return run_.load_samples(frame_.size());
    }
    std::size_t samples = 0;
    for (auto& range : run_.source().range(selector.metric_name, filter_of(selector),
                                           first - kLookback_ms - 1, last)) {
        samples += range.points.size();
        series_.push_back({run_.labels().borrow(*range.labels), 0, std::move(range.points)});
    }
    return run_.load_samples(samples);
}

void InstantNode::load_newest(const VectorSelector& selector, TimestampMs until) {
    const auto found = run_.source().newest(selector.metric_name, filter_of(selector),
                                            until - kLookback_ms - 1, until);
    frame_.reserve(found.size());
    for (const auto& selected : found) {
        give(frame_, run_.labels().borrow(*selected.labels), selected.point);
    }
}

void InstantNode::give(Frame& out, LabelId labels, const history::Point& point) const {
    out.push_back({labels, gives_times_ ? to_seconds(point.at) : point.value});
}

bool InstantNode::compute(TimestampMs at, Frame& out) {
    if (known_) {
        out = frame_;
        return true;
    }
    const auto until = reference_.at(at);
    for (auto& series : series_) {
        const auto& points = series.points;
        while (series.next < points.size() && points[series.next].at <= until) {
            ++series.next;
        }
        if (series.next == 0) {
            continue;
        }
        const auto& newest = points[series.next - 1];
        if (newest.at >= until - kLookback_ms && !history::is_stale(newest.value)) {
            give(out, series.labels, newest);
        }
    }
    return run_.work(series_.size());
}

std::optional<Windows> Windows::load(Run& run, const RangeSelector& range, Reference reference,
                                     const Steps& steps) {
    std::vector<Entry> series;
    std::size_t samples = 0;
    for (auto& found : run.source().range(range.selector.metric_name, filter_of(range.selector),
                                          reference.at(steps.start) - range.range_ms - 1,
                                          reference.at(steps.end))) {
        std::erase_if(found.points,
                      [](const history::Point& point) { return history::is_stale(point.value); });
        samples += found.points.size();
        series.push_back({run.labels().borrow(*found.labels), std::move(found.points)});
    }
    if (!run.load_samples(samples)) {
        return std::nullopt;
    }
    return Windows(std::move(series), range.range_ms, reference);
}

void Windows::move_to(TimestampMs at) {
    end_ = reference_.at(at);
}

std::span<const history::Point> Windows::points(std::size_t i) {
    auto& series = series_[i];
    const auto& points = series.points;
    while (series.end < points.size() && points[series.end].at <= end_) {
        ++series.end;
    }
    while (series.begin < series.end && points[series.begin].at < start()) {
        ++series.begin;
    }
    return {points.data() + series.begin, series.end - series.begin};
}

} // namespace opsmon::promql
