#pragma once
// This component provides `Labels`, the identity of a series, as history, PromQL, rules and
// notifications use it: pairs sorted by name, each name once, valid UTF-8. The name of the metric
// is the label `__name__`. It never holds an empty value: to Prometheus that is the same as no
// label.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opsmon::metrics {

inline constexpr std::string_view kMetricName = "__name__";

class Labels {
public:
    using Pair = std::pair<std::string, std::string>;

    Labels() = default;
    Labels(std::vector<Pair> pairs); // in any order; a later duplicate replaces the earlier one

    // Of pairs that are sorted by name, without duplicates and without empty values already.
    [[nodiscard]] static Labels from_sorted(std::vector<Pair> pairs);

    void set(std::string_view name, std::string_view value); // an empty value removes the label
    void remove(std::string_view name);
    [[nodiscard]] std::string_view get(std::string_view name) const; // "" where there is none

    [[nodiscard]] const std::vector<Pair>& pairs() const { return pairs_; }
    [[nodiscard]] bool empty() const { return pairs_.empty(); }
    [[nodiscard]] std::string to_string() const; // name{a="b"}, as Prometheus prints it

    friend bool operator==(const Labels&, const Labels&) = default;
    friend auto operator<=>(const Labels&, const Labels&) = default;

private:
    std::vector<Pair> pairs_;
};

struct LabelsHash {
    std::size_t operator()(const Labels& labels) const noexcept;
};

// One series at one moment, as a snapshot hands it to history.
struct SeriesPoint {
    Labels labels;
    double value = 0;
};

} // namespace opsmon::metrics
