#include "metrics/exposition.hpp"

#include <charconv>
#include <sstream>

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

} // namespace

std::string to_text(SampleRefs samples) {
    std::vector<prometheus::MetricFamily> families(kCatalog.size());
    for (const Sample* sample : samples) {
        families[sample->metric].metric.push_back(to_client_metric(*sample));
    }
    for (std::size_t i = 0; i < kCatalog.size(); ++i) {
        families[i].name = kCatalog[i].name;
        families[i].help = kCatalog[i].help;
        families[i].type = type_of(kCatalog[i].kind);
    }
    std::erase_if(families, [](const auto& family) { return family.metric.empty(); });
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families);
    return std::move(out).str();
}

std::vector<SeriesPoint> to_points(SampleRefs samples) {
    std::vector<SeriesPoint> out;
    out.reserve(samples.size());
    for (const Sample* sample : samples) {
        if (sample->histogram) {
            append_histogram(out, *sample);
        } else {
            out.push_back(point(*sample, "", sample->value));
        }
    }
    return out;
}

} // namespace opsmon::metrics
