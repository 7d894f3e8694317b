#include "metrics/exposition.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <utility>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace opsmon::metrics {
namespace {

std::string bound_text(double bound) {
    char buffer[32];
    const auto [end, problem] = std::to_chars(buffer, buffer + sizeof buffer, bound);
    return problem == std::errc() ? std::string(buffer, end) : std::string();
}

prometheus::MetricType type_of(Kind kind) {
    switch (kind) {
    case Kind::Gauge:
        return prometheus::MetricType::Gauge;
    case Kind::Counter:
        return prometheus::MetricType::Counter;
    case Kind::Histogram:
        return prometheus::MetricType::Histogram;
    }
    return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric to_client_metric(const Sample& sample) {
    prometheus::ClientMetric out;
    for (std::size_t i = 0; i < sample.label_values.size(); ++i) {
        // An empty value is no label, for Prometheus; written out it would only look like one.
        if (!sample.label_values[i].empty()) {
            out.label.push_back(
                {std::string(kCatalog[sample.metric].labels[i]), sample.label_values[i]});
        }
    }
    out.gauge.value = sample.value;
    out.counter.value = sample.value;
    if (sample.histogram) {
        const HistogramValue& histogram = *sample.histogram;
        std::uint64_t cumulative = 0;
        for (std::size_t i = 0; i < histogram.bounds.size(); ++i) {
            cumulative += histogram.counts[i];
            out.histogram.bucket.push_back({cumulative, histogram.bounds[i]});
        }
        out.histogram.sample_count = histogram.count();
        out.histogram.sample_sum = histogram.sum;
    }
    return out;
}

SeriesPoint point(const Sample& sample, std::string_view suffix, double value) {
    SeriesPoint out;
    out.labels.set(kMetricName, std::string(kCatalog[sample.metric].name).append(suffix));
    for (std::size_t i = 0; i < sample.label_values.size(); ++i) {
        out.labels.set(kCatalog[sample.metric].labels[i], sample.label_values[i]);
    }
    out.value = value;
    return out;
}

void append_histogram(std::vector<SeriesPoint>& out, const Sample& sample) {
    const HistogramValue& histogram = *sample.histogram;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        cumulative += histogram.counts[i];
        SeriesPoint bucket = point(sample, "_bucket", static_cast<double>(cumulative));
        const bool last = i == histogram.bounds.size();
        bucket.labels.set("le", last ? "+Inf" : bound_text(histogram.bounds[i]));
        out.push_back(std::move(bucket));
    }
    out.push_back(point(sample, "_sum", histogram.sum));
    out.push_back(point(sample, "_count", static_cast<double>(cumulative)));
}

std::string serialise(prometheus::MetricFamily family, std::size_t metric) {
    family.name = kCatalog[metric].name;
    family.help = kCatalog[metric].help;
    family.type = type_of(kCatalog[metric].kind);
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, {family});
    return std::move(out).str();
}

std::size_t size_of_header(const std::string& text) {
    std::size_t size = 0;
    while (size < text.size() && text[size] == '#') {
        size = text.find('\n', size) + 1;
    }
    return size;
}

} // namespace

RenderingPtr render(std::span<const Sample> samples) {
    auto out = std::make_shared<Rendering>();
    std::map<std::size_t, prometheus::MetricFamily> families;
    out->points.reserve(samples.size());
    for (const Sample& sample : samples) {
        families[sample.metric].metric.push_back(to_client_metric(sample));
        if (sample.histogram) {
            append_histogram(out->points, sample);
        } else {
            out->points.push_back(point(sample, "", sample.value));
        }
    }
    for (auto& [metric, family] : families) {
        std::string text = serialise(std::move(family), metric);
        const std::size_t header_size = size_of_header(text);
        out->families.push_back({metric, std::move(text), header_size});
    }
    return out;
}

std::string join_text(std::span<const RenderingPtr> renderings) {
    std::vector<const Rendering::Family*> families;
    std::size_t size = 0;
    for (const RenderingPtr& rendering : renderings) {
        for (const Rendering::Family& family : rendering->families) {
            families.push_back(&family);
            size += family.text.size();
        }
    }
    std::stable_sort(families.begin(), families.end(),
                     [](const auto* a, const auto* b) { return a->metric < b->metric; });
    std::string out;
    out.reserve(size);
    const Rendering::Family* previous = nullptr;
    for (const Rendering::Family* family : families) {
        const bool goes_on = previous != nullptr && previous->metric == family->metric;
        out.append(family->text, goes_on ? family->header_size : 0);
        previous = family;
    }
    return out;
}

} // namespace opsmon::metrics
