#include "promql/vector_nodes.hpp"

#include "promql/number_text.hpp"

#include <algorithm>
#include <cmath>

namespace opsmon::promql {
namespace {

constexpr std::string_view kBound = "le";

std::size_t bytes_of(const metrics::Labels& labels) {
    std::size_t out = 0;
    for (const auto& [name, value] : labels.pairs()) {
        out += name.size() + value.size();
    }
    return out;
}

} // namespace

bool AbsentNode::compute(TimestampMs at, Frame& out) {
    if (!operand_->eval(at, out)) {
        return false;
    }
    const bool absent = out.empty();
    out.clear();
    if (absent) {
        out.push_back({labels_, 1});
    }
    return true;
}

bool AbsentOverTimeNode::compute(TimestampMs at, Frame& out) {
    windows_.move_to(at);
    bool found = false;
    for (std::size_t i = 0; i < windows_.size(); ++i) {
        found = !windows_.points(i).empty() || found;
    }
    if (!found) {
        out.push_back({labels_, 1});
    }
    return run_.work(windows_.size());
}

bool SortNode::compute(TimestampMs at, Frame& out) {
    if (!operand_->eval(at, out)) {
        return false;
    }
    std::stable_sort(out.begin(), out.end(), [this](const Item& a, const Item& b) {
        if (std::isnan(a.value) || std::isnan(b.value)) {
            return !std::isnan(a.value);
        }
        return descending_ ? a.value > b.value : a.value < b.value;
    });
    return true;
}

bool RelabelNode::compute(TimestampMs at, Frame& out) {
    if (!operand_->eval(at, out)) {
        return false;
    }
    for (auto& item : out) {
        item.labels = change_.get(run_.labels(), item.labels, relabel_);
        // One call in another multiplies, so the first that is too long ends it.
        if (bytes_of(run_.labels()[item.labels]) > run_.limits().label_bytes_max) {
            return run_.fail("the labels of a series are longer than " +
                             std::to_string(run_.limits().label_bytes_max) + " bytes");
        }
    }
    return !change_.ambiguous() || run_.check_unique(out);
}

const HistogramQuantileNode::Place& HistogramQuantileNode::place_of(LabelId id) {
    auto& labels = run_.labels();
    if (id >= places_.size()) {
        places_.resize(labels.size());
    }
    auto& place = places_[id];
    if (!place.known) {
        place.known = true;
        const auto bound = parse_go_float(labels[id].get(kBound));
        place.is_bucket = bound.has_value();
        if (bound) {
            place.upper_bound = *bound;
            place.histogram = labels.intern(drop_labels(labels[id], {std::string(kBound)}));
            place.shown = labels.intern(without_name(labels[place.histogram]));
        }
    }
    return place;
}

bool HistogramQuantileNode::compute(TimestampMs at, Frame& out) {
    Frame q;
    if (!q_->eval(at, q) || !operand_->eval(at, input_)) {
        return false;
    }
    index_.clear();
    used_ = 0;
    for (const auto& item : input_) {
        const auto place = place_of(item.labels);
        if (!place.is_bucket) {
            continue;
        }
        if (std::isnan(place.upper_bound)) { // where Prometheus puts it depends on how Go sorts
            return run_.fail(
                "histogram_quantile() of a bucket whose le is \"NaN\" is not supported");
        }
        const auto [index, is_new] = index_.at(place.histogram);
        if (is_new) {
            index = used_++;
            histograms_.resize(std::max(histograms_.size(), used_));
            histograms_[index].labels = place.shown;
            histograms_[index].buckets.clear();
        }
        histograms_[index].buckets.push_back({place.upper_bound, item.value});
    }
    for (std::size_t i = 0; i < used_; ++i) {
        out.push_back(
            {histograms_[i].labels, bucket_quantile(q.front().value, histograms_[i].buckets)});
    }
    return run_.check_unique(out);
}

} // namespace opsmon::promql
