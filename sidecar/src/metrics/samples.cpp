#include "metrics/samples.hpp"

#include <numeric>

#include "metrics/label_value.hpp"

namespace opsmon::metrics {

void HistogramValue::observe(double value) {
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
    ++counts[static_cast<std::size_t>(bucket)];
    sum += value;
}

void HistogramValue::add(const HistogramValue& other) {
    for (std::size_t i = 0; i < counts.size() && i < other.counts.size(); ++i) {
        counts[i] += other.counts[i];
    }
    sum += other.sum;
}

std::uint64_t HistogramValue::count() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

bool operator==(const Sample& left, const Sample& right) {
    const bool same_histogram = left.histogram && right.histogram
                                    ? *left.histogram == *right.histogram
                                    : left.histogram == right.histogram;
    return left.metric == right.metric && left.value == right.value && same_histogram &&
           left.label_values == right.label_values;
}

std::vector<std::string> SampleList::clean(std::initializer_list<std::string_view> values) {
    std::vector<std::string> out;
    out.reserve(values.size());
    for (const std::string_view value : values) {
        out.push_back(clean_label_value(value));
    }
    return out;
}

void SampleList::insert(Sample sample, std::size_t series) {
    // 0xFF is in no valid UTF-8, so no two different series share a key.
    std::string key = std::to_string(sample.metric);
    for (const std::string& value : sample.label_values) {
        key += '\xff';
        key += value;
    }
    if (seen_.contains(key)) {
        ++dropped_duplicate_;
        return;
    }
    if (series_ + series > kMaxSeriesPerCollector) {
        dropped_limit_ += series;
        return;
    }
    seen_.insert(std::move(key));
    series_ += series;
    samples_.push_back(std::move(sample));
}

} // namespace opsmon::metrics
