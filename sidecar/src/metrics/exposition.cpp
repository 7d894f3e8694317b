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

// Where the next family begins, or the end. No line but the first of a family begins so: newlines
// in label values are escaped.
std::size_t next_family(const std::string& text, std::size_t from) {
    const auto found = text.find("\n# HELP ", from);
    return found == std::string::npos ? text.size() : found + 1;
}

std::size_t size_of_header(std::string_view family) {
    std::size_t size = 0;
    while (size < family.size() && family[size] == '#') {
        size = family.find('\n', size) + 1;
    }
    return size;
}

// All at once: a stream costs more than what is written to it.
void serialise(std::map<std::size_t, prometheus::MetricFamily> by_metric, Rendering& out) {
    std::vector<prometheus::MetricFamily> families;
    families.reserve(by_metric.size());
    for (auto& [metric, family] : by_metric) {
        family.name = kCatalog[metric].name;
        family.help = kCatalog[metric].help;
        family.type = type_of(kCatalog[metric].kind);
        families.push_back(std::move(family));
    }
    std::ostringstream stream;
    prometheus::TextSerializer().Serialize(stream, families);
    out.text = std::move(stream).str();
    std::size_t begin = 0;
    for (const auto& [metric, family] : by_metric) {
        const std::size_t end = next_family(out.text, begin);
        const std::string_view text = std::string_view(out.text).substr(begin, end - begin);
        out.families.push_back({metric, begin, text.size(), size_of_header(text)});
        begin = end;
    }
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
    serialise(std::move(families), *out);
    return out;
}

std::string join_text(std::span<const RenderingPtr> renderings) {
    struct Piece {
        std::size_t metric;
        std::string_view text;
        std::size_t header_size;
    };
    std::vector<Piece> pieces;
    std::size_t size = 0;
    for (const RenderingPtr& rendering : renderings) {
        for (const Rendering::Family& family : rendering->families) {
            const std::string_view text(rendering->text);
            pieces.push_back(
                {family.metric, text.substr(family.begin, family.size), family.header_size});
        }
        size += rendering->text.size();
    }
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const Piece& a, const Piece& b) { return a.metric < b.metric; });
    std::string out;
    out.reserve(size);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const bool goes_on = i > 0 && pieces[i - 1].metric == pieces[i].metric;
        out += pieces[i].text.substr(goes_on ? pieces[i].header_size : 0);
    }
    return out;
}

} // namespace opsmon::metrics
