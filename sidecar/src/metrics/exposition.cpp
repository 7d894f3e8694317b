#include "metrics/exposition.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

namespace opsmon::metrics {
namespace {

constexpr std::size_t kLineBytes = 96; // of a usual series, to reserve

const char* type_of(Kind kind) {
    switch (kind) {
    case Kind::Gauge:
        return "gauge";
    case Kind::Counter:
        return "counter";
    case Kind::Histogram:
        return "histogram";
    }
    return "untyped";
}

// The shortest text that reads back as the same number; whole numbers without an exponent.
void append_number(std::string& out, double value) {
    constexpr double kWhole = 1e15;
    char buffer[32];
    const bool whole = std::abs(value) < kWhole && value == std::trunc(value);
    const auto result =
        whole ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<std::int64_t>(value))
              : std::to_chars(buffer, buffer + sizeof buffer, value);
    out.append(buffer, result.ptr);
}

void append_escaped(std::string& out, std::string_view text, bool quoted) {
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || (quoted && c == '"')) {
            out += '\\';
        }
        out += c;
    }
}

// An empty value is no label, for Prometheus; written out it would only look like one.
void append_labels(std::string& out, const Sample& sample, std::string_view le) {
    char before = '{';
    const auto append = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) {
            out += before;
            out.append(name).append("=\"");
            append_escaped(out, value, true);
            out += '"';
            before = ',';
        }
    };
    for (std::size_t i = 0; i < sample.label_values.size(); ++i) {
        append(kCatalog[sample.metric].labels[i], sample.label_values[i]);
    }
    append("le", le);
    if (before == ',') {
        out += '}';
    }
}

// The labels of a metric in the order of their names, as Labels keeps them: sorting a thousand
// series each time would cost more than writing them.
struct LabelOrder {
    std::array<std::size_t, kMaxLabels> of{};
    std::size_t name_at = 0; // where __name__ stands among them
};

constexpr auto kLabelOrders = [] {
    std::array<LabelOrder, kCatalog.size()> out{};
    for (std::size_t metric = 0; metric < kCatalog.size(); ++metric) {
        const auto& labels = kCatalog[metric].labels;
        auto& order = out[metric];
        const std::size_t count = count_labels(metric);
        std::iota(order.of.begin(), order.of.end(), std::size_t{0});
        std::sort(order.of.begin(), order.of.begin() + count,
                  [&](std::size_t a, std::size_t b) { return labels[a] < labels[b]; });
        while (order.name_at < count && labels[order.of[order.name_at]] < kMetricName) {
            ++order.name_at;
        }
    }
    return out;
}();

Labels labels_of(const Sample& sample, std::string_view suffix) {
    const MetricSpec& spec = kCatalog[sample.metric];
    const LabelOrder& order = kLabelOrders[sample.metric];
    std::vector<Labels::Pair> pairs;
    pairs.reserve(sample.label_values.size() + 2); // __name__, and le of a bucket
    for (std::size_t i = 0; i <= sample.label_values.size(); ++i) {
        if (i == order.name_at) {
            pairs.emplace_back(kMetricName, std::string(spec.name).append(suffix));
        }
        if (i < sample.label_values.size() && !sample.label_values[order.of[i]].empty()) {
            pairs.emplace_back(spec.labels[order.of[i]], sample.label_values[order.of[i]]);
        }
    }
    return Labels::from_sorted(std::move(pairs));
}

class Writer {
public:
    explicit Writer(Rendering& out) : out_(out) {}

    void header(std::size_t metric) {
        const MetricSpec& spec = kCatalog[metric];
        std::string& text = out_.text;
        const std::size_t begin = text.size();
        text.append("# HELP ").append(spec.name) += ' ';
        append_escaped(text, spec.help, false);
        text.append("\n# TYPE ").append(spec.name) += ' ';
        text.append(type_of(spec.kind)) += '\n';
        out_.families.push_back({metric, begin, 0, text.size() - begin});
    }

    void sample(const Sample& sample) {
        if (sample.histogram) {
            histogram(sample, *sample.histogram);
        } else {
            line(sample, "", "", sample.value);
            out_.points.push_back({labels_of(sample, ""), sample.value});
        }
        Rendering::Family& family = out_.families.back();
        family.size = out_.text.size() - family.begin;
    }

private:
    void line(const Sample& sample, std::string_view suffix, std::string_view le, double value) {
        out_.text.append(kCatalog[sample.metric].name).append(suffix);
        append_labels(out_.text, sample, le);
        out_.text += ' ';
        append_number(out_.text, value);
        out_.text += '\n';
    }

    void histogram(const Sample& sample, const HistogramValue& value) {
        const Labels bucket = labels_of(sample, "_bucket");
        std::string le;
        std::uint64_t cumulative = 0;
        for (std::size_t i = 0; i < value.counts.size(); ++i) {
            cumulative += value.counts[i];
            le.clear();
            if (i < value.bounds.size()) {
                append_number(le, value.bounds[i]);
            } else {
                le = "+Inf";
            }
            const auto count = static_cast<double>(cumulative);
            line(sample, "_bucket", le, count);
            out_.points.push_back({bucket, count});
            out_.points.back().labels.set("le", le);
        }
        line(sample, "_sum", "", value.sum);
        line(sample, "_count", "", static_cast<double>(cumulative));
        out_.points.push_back({labels_of(sample, "_sum"), value.sum});
        out_.points.push_back({labels_of(sample, "_count"), static_cast<double>(cumulative)});
    }

    Rendering& out_;
};

} // namespace

RenderingPtr render(std::span<const Sample> samples) {
    auto out = std::make_shared<Rendering>();
    std::vector<const Sample*> sorted;
    sorted.reserve(samples.size());
    std::size_t series = 0;
    for (const Sample& sample : samples) {
        sorted.push_back(&sample);
        series += sample.histogram ? sample.histogram->counts.size() + 2 : 1;
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Sample* a, const Sample* b) { return a->metric < b->metric; });
    out->points.reserve(series);
    out->text.reserve(series * kLineBytes);
    Writer writer(*out);
    for (const Sample* sample : sorted) {
        if (out->families.empty() || out->families.back().metric != sample->metric) {
            writer.header(sample->metric);
        }
        writer.sample(*sample);
    }
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
