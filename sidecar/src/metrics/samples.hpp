#pragma once
// This component provides `SampleList`: what one collector found in one cycle. Name, kind and
// number of labels are checked against the catalog when the collector is compiled; values and label
// values are made safe here. It never holds NaN (unknown is not zero), a series twice, or without
// limit.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "metrics/catalog.hpp"

namespace opsmon::metrics {

// The most that is not a mistake: the slots of one server, 1,024, have nine series each.
inline constexpr std::size_t kMaxSeriesPerCollector = 15'000;

struct HistogramValue {
    std::vector<double> bounds;        // upper bounds, ascending, without +Inf
    std::vector<std::uint64_t> counts; // per bucket, not cumulative; one more than bounds
    double sum = 0;

    explicit HistogramValue(std::vector<double> upper_bounds)
        : bounds(std::move(upper_bounds)), counts(bounds.size() + 1) {}
    void observe(double value);
    void add(const HistogramValue& other); // of the same bounds
    [[nodiscard]] std::uint64_t count() const;
    friend bool operator==(const HistogramValue&, const HistogramValue&) = default;
};

struct Sample {
    std::size_t metric = 0; // its row in the catalog
    std::vector<std::string> label_values;
    double value = 0;
    std::shared_ptr<const HistogramValue> histogram; // instead of the value

    friend bool operator==(const Sample& left, const Sample& right);
};

// A metric's name as a template argument.
template <std::size_t Size>
struct Name {
    char text[Size] = {};
    consteval Name(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }
    [[nodiscard]] constexpr std::string_view view() const { return {text, Size - 1}; }
};

class SampleList {
public:
    // add<"system_disk_usage_percent">(percent, mount_point): one string per label, in their order.
    template <Name name, typename... Strings>
    void add(std::optional<double> value, const Strings&... label_values) {
        constexpr std::size_t metric = find_metric(name.view());
        static_assert(metric != kNotInCatalog, "no such metric in metrics/catalog/");
        static_assert(kCatalog[metric].kind != Kind::Histogram, "use add_histogram");
        static_assert(sizeof...(label_values) == count_labels(metric), "labels");
        if (value && std::isfinite(*value)) {
            insert(Sample{metric, clean({label_values...}), *value, nullptr}, 1);
        }
    }

    template <Name name, typename... Strings>
    void add_histogram(const HistogramValue& value, const Strings&... label_values) {
        constexpr std::size_t metric = find_metric(name.view());
        static_assert(metric != kNotInCatalog, "no such metric in metrics/catalog/");
        static_assert(kCatalog[metric].kind == Kind::Histogram, "use add");
        static_assert(sizeof...(label_values) == count_labels(metric), "labels");
        insert(Sample{metric, clean({label_values...}), 0,
                      std::make_shared<const HistogramValue>(value)},
               value.bounds.size() + 3);
    }

    [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }
    [[nodiscard]] std::size_t dropped_duplicate() const { return dropped_duplicate_; }
    [[nodiscard]] std::size_t dropped_limit() const { return dropped_limit_; }

private:
    static std::vector<std::string> clean(std::initializer_list<std::string_view> values);
    void insert(Sample sample, std::size_t series);

    std::vector<Sample> samples_;
    std::unordered_set<std::string> seen_;
    std::size_t series_ = 0;
    std::size_t dropped_duplicate_ = 0;
    std::size_t dropped_limit_ = 0;
};

} // namespace opsmon::metrics
